"""What the library refuses."""

import pytest

from neurondream.errors import InputError


def refuse(named, work, *arguments, **more):
    """A call ends in one line that names what is wrong."""
    with pytest.raises(InputError) as caught:
        work(*arguments, **more)
    assert named in str(caught.value) and "\n" not in str(caught.value), caught.value
