"""The worked examples of docs/feature-engineering.md train."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.command import run

PAGE = Path(__file__).parents[1] / "docs" / "feature-engineering.md"


def block(language: str, number: int) -> str:
    return PAGE.read_text().split(f"```{language}\n")[number].partition("```")[0]


def flats() -> pd.DataFrame:
    """Flats as the page's YAMLs describe them: rents that grow with a power of the area."""
    random = np.random.default_rng(4)
    area = random.lognormal(4, 0.4, 500).round(1) + 10
    table = pd.DataFrame({"area": area, "rooms": np.ceil(area / 30).astype(int)})
    table["floor"] = pd.Series(random.integers(0, 6, 500), dtype="Int64")
    table.loc[::25, "floor"] = pd.NA
    table["town"] = "town " + pd.Series(random.integers(0, 8, 500) ** 2 // 4).astype(str)
    table["year"] = random.integers(1900, 2026, 500)
    noise = random.lognormal(0, 0.1, 500)
    table["rent"] = (40 * area**0.7 * (1 + 0.1 * (table["town"] == "town 0")) * noise).round(2)
    return table


def stays() -> pd.DataFrame:
    """Reviews of stays, whose words tell the rating, and when they began."""
    random = np.random.default_rng(6)
    rating = random.choice(["good", "poor"], 200)
    words = {"good": ["great", "not bad", "lovely"], "poor": ["not great", "bad", "noisy"]}
    rooms = random.choice(["room", "staff"], 200)
    reviews = [
        f"The {room} was {random.choice(words[one])}"
        for room, one in zip(rooms, rating, strict=True)
    ]
    arrived = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 9000, 200), "h")
    table = pd.DataFrame({"review": reviews, "arrived": arrived.strftime("%d/%m/%Y %H:%M")})
    return table.assign(nights=1 + arrived.month // 3 + random.integers(0, 3, 200), rating=rating)


@pytest.mark.parametrize("number", range(1, PAGE.read_text().count("```yaml") + 1))
def test_yaml_of_the_page_trains(number: int, tmp_path: Path) -> None:
    (tmp_path / "rent.yaml").write_text(block("yaml", number))
    (tmp_path / "flats.py").write_text(block("python", 1))
    flats().to_csv(tmp_path / "flats.csv", index=False)
    stays().to_csv(tmp_path / "stays.csv", index=False)
    done = run("build", tmp_path / "rent.yaml", "--out", tmp_path / "package")
    assert done.code == 0, done.err
    assert "parity within" in done.out
