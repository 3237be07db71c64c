"""Scripts, one a job: `python launch/dream.py` or `python -m launch.dream`."""

import sys
from pathlib import Path

# A script that runs as a file finds what it shares with others beside itself, as `launching`; this
# lets one that is imported find it by the same name. Last, so that it hides no one else's module.
sys.path.append(str(Path(__file__).resolve().parent))
