"""What the names of files and bands say: polarisation, units, calibration, date and orbit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = [
    "Orbit",
    "acquired_in",
    "calibration_in",
    "is_optical_name",
    "is_side_band",
    "orbit_in",
    "polarisations_in",
    "units_in",
]

# Letters on either side would make it part of another word; Kuro Siwo's files say IVV for the intensity of VV.
POLARISATION = re.compile(r"(?<![A-Za-z])I?(VV|VH|HH|HV)(?![A-Za-z])", re.IGNORECASE)
SIDE_BAND = re.compile(
    r"(?<![a-z])(angle|incidence|incidenceangle\w*|inc(_map)?(_ell)?|lia|\w*incidenceangle\w*|elevation|dem|mask"
    r"|ls_map|layover\w*|shadow|area|rgb|ratio|water\w*)(?![a-z])",
    re.IGNORECASE,
)
OPTICAL_BAND = re.compile(
    r"^(B(0?[1-9]|1[0-3]|8A)|coastal\w*|blue|green|red|rededge\w*|red[ _-]edge\w*|nir\w*|swir\w*|pan|cirrus|thermal\w*"
    r"|(SR|TOA)_B\d+)\b",
    re.IGNORECASE,
)
OPTICAL_FILE = re.compile(
    r"(?<![A-Za-z0-9])(S2[ABC]_|MSIL[12][AC]|L[COTEM]0[4-9]_|T\d{2}[A-Z]{3}_\d{8}T\d{6}_B)", re.IGNORECASE
)
# ASF's HyP3: after the spacing and the software, letters for gamma or sigma nought, and power, amplitude or decibel.
HYP3 = re.compile(r"_RTC\d+_[A-Z]_([gs])([pad])[a-z]{4}(?![a-z])", re.IGNORECASE)
# Products whose numbers are always power of gamma nought, which their names say to those who know them: Planetary
# Computer's assets, OPERA's RTC-S1, and Digital Earth Africa's tiles (datatake, square degree, day).
POWER_PRODUCTS = re.compile(
    r"(?<![a-z])iw-(vv|vh)\.rtc\.tiff?(?![a-z])|(?<![a-z])OPERA_L2_RTC-S1_|(?<![a-z])s1_rtc_[0-9A-F]{6}_[NS]\d{2}[EW]\d{3}_",
    re.IGNORECASE,
)
# ESA's normalised radar backscatter of land and ocean: sigma or gamma nought, linear or in dB.
NORMALISED = re.compile(r"-(?:vv|vh|hh|hv)-([gs])-(lin|log)(?![a-z])", re.IGNORECASE)
UNITS = (
    ("db", re.compile(r"(?<![a-z])db(?![a-z])|decibel", re.IGNORECASE)),
    ("amplitude", re.compile(r"(?<![a-z])(amplitude|ampl|amp)(?![a-z])", re.IGNORECASE)),
    ("power", re.compile(r"(?<![a-z])(intensity|power|linear|IVV|IVH)(?![a-z])", re.IGNORECASE)),
)
CALIBRATIONS = (
    ("gamma0", re.compile(r"gamma[ _-]?(0|nought|naught)|(?<![a-z])(rtc|gamma|tf[_-]?gamma)(?![a-z])", re.IGNORECASE)),
    ("sigma0", re.compile(r"sigma[ _-]?(0|nought|naught)|(?<![a-z])sigma(?![a-z])", re.IGNORECASE)),
    ("beta0", re.compile(r"beta[ _-]?(0|nought|naught)", re.IGNORECASE)),
)
MOMENT = re.compile(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?:[T_]?(\d{2}):?(\d{2}):?(\d{2}))?(?!\d)", re.IGNORECASE)
# With underscores only from Sentinel-1's first year on: rows and columns of tiles are numbers, too.
DAY = re.compile(r"(?<!\d)(20[1-3]\d)_(\d{2})_(\d{2})(?!\d)")
# Mission, mode, type, start, stop, absolute orbit.
GRD_NAME = re.compile(r"S1([ABCD])_\w{2}_\w+?_\w+?_\d{8}T\d{6}_\d{8}T\d{6}_(\d{6})", re.IGNORECASE)
NORMALISED_NAME = re.compile(r"(?<![a-z0-9])s1([abcd])-\w{2}-(?:nrb|orb)-\d{8}t\d{6}-(\d{6})-", re.IGNORECASE)
OPERA_NAME = re.compile(r"OPERA_L2_RTC-S1_T(\d{3})-", re.IGNORECASE)
PYROSAR_NAME = re.compile(r"S1[ABCD]__\w{2}_*([AD])_\d{8}T\d{6}", re.IGNORECASE)
# Up to which absolute orbit, of which absolute orbit relative orbit 1 is one. Sentinel-1C went to another place among
# the satellites then.
ALWAYS = 10**6
FIRST_ORBITS = {"A": ((ALWAYS, 73),), "B": ((ALWAYS, 27),), "C": ((8018, 172), (ALWAYS, 99)), "D": ((ALWAYS, 42),)}
ORBITS = 175


@dataclass(frozen=True, slots=True)
class Orbit:
    """What is known of the satellite's way over an image.

    Attributes
    ----------
    direction : {'ascending', 'descending'}, optional
    number : int, optional
        The relative orbit, 1 to 175.
    """

    direction: str | None = None
    number: int | None = None

    def __str__(self) -> str:
        number = None if self.number is None else f"relative orbit {self.number}"
        return ", ".join(filter(None, (self.direction, number)))

    def differs(self, other: Orbit) -> bool:
        """Whether both are known to be different; what is unknown is not."""
        pairs = ((self.direction, other.direction), (self.number, other.number))
        return any(one is not None and two is not None and one != two for one, two in pairs)


def polarisations_in(text: str) -> set[str]:
    """The polarisations that a name speaks of, in capitals."""
    return {match.upper() for match in POLARISATION.findall(text)}


def is_side_band(text: str) -> bool:
    """Whether a band's name is that of something beside backscatter, such as the incidence angle."""
    return bool(SIDE_BAND.search(text)) or len(polarisations_in(text)) > 1


def is_optical_name(text: str) -> bool:
    """Whether a band's name is one that optical sensors use."""
    return bool(OPTICAL_BAND.match(text.strip()))


def is_optical_file(text: str) -> bool:
    """Whether a file's name is that of a Sentinel-2 or Landsat product."""
    return bool(OPTICAL_FILE.search(text))


def units_in(text: str) -> str | None:
    """'db', 'amplitude' or 'power', where a name tells."""
    if match := HYP3.search(text):
        return {"p": "power", "a": "amplitude", "d": "db"}[match[2].lower()]
    if match := NORMALISED.search(text):
        return {"lin": "power", "log": "db"}[match[2].lower()]
    if POWER_PRODUCTS.search(text):
        return "power"
    return next((units for units, pattern in UNITS if pattern.search(text)), None)


def calibration_in(text: str) -> str | None:
    """'sigma0', 'gamma0' or 'beta0', where a name tells."""
    if match := HYP3.search(text):
        return {"g": "gamma0", "s": "sigma0"}[match[1].lower()]
    if match := NORMALISED.search(text):
        return {"g": "gamma0", "s": "sigma0"}[match[1].lower()]
    return next((calibration for calibration, pattern in CALIBRATIONS if pattern.search(text)), None)


def acquired_in(text: str) -> datetime | None:
    """The first moment or day that a name holds, in UTC."""
    for match in (*MOMENT.finditer(text), *DAY.finditer(text)):
        try:
            return datetime(*(int(value) for value in match.groups() if value), tzinfo=UTC)  # type: ignore[arg-type,misc]
        except ValueError:
            continue
    return None


def orbit_in(text: str) -> Orbit | None:
    """The direction of flight or the relative orbit, where a product's name tells."""
    if match := GRD_NAME.search(text) or NORMALISED_NAME.search(text):
        mission, absolute = match[1].upper(), int(match[2])
        first = next(first for last, first in FIRST_ORBITS[mission] if absolute <= last)
        return Orbit(number=(absolute - first) % ORBITS + 1)
    if match := OPERA_NAME.search(text):
        return Orbit(number=int(match[1]))
    if match := PYROSAR_NAME.search(text):
        return Orbit({"A": "ascending", "D": "descending"}[match[1].upper()])
    return None
