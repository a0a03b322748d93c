"""Hearts whose scar is known exactly: anatomy, signal, scanner and reader."""

from lgescar.simulate.series import SimulatedPatient, TrueMass, simulate_patient

__all__ = ["SimulatedPatient", "TrueMass", "simulate_patient"]
