"""What judges of fluency are called as a person reads them (host side)."""

JUDGES = {
    "model": "the model itself",
    "masked": "masked words of the model",
    "kneser_ney": "Kneser-Ney counts of the corpus",
}


def name_judge(name: str) -> str:
    """Say who judges; other models have names of their own."""
    return JUDGES.get(name, name)
