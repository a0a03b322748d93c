"""A few simulated patients that every test of the room looks at."""

import pytest

from lgescar.simulate import SimulatedPatient, simulate_patient

VENDORS = ("siemens", "philips", "ge")


@pytest.fixture(scope="session")
def acute() -> list[SimulatedPatient]:
    """PSIR patients with an acute infarct, every vendor twice."""
    return [simulate_patient(s, scar="acute", vendor=VENDORS[s % 3]) for s in range(6)]


@pytest.fixture(scope="session")
def chronic() -> list[SimulatedPatient]:
    """Magnitude patients with a chronic infarct, every vendor twice."""
    return [
        simulate_patient(s, scar="chronic", contrast="magnitude", vendor=VENDORS[s % 3])
        for s in range(10, 16)
    ]
