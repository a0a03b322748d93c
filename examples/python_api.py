"""The same from Python: a study in, quantities and files out.

usage: python examples/python_api.py STUDY OUT
"""

import sys

import lgescar

study = lgescar.read(sys.argv[1])
report = lgescar.segment(study)

quantities = report.quantities
print(f"{study.name}: {len(study.slices)} slices, {study.sequence}")
if quantities.scar_mass_g is None:
    print(f"scar: {quantities.scar_percent_of_lv:.1f} % of the left ventricle; grams are unknown")
else:
    print(f"scar: {quantities.scar_mass_g:.1f} g")
for note in report.notes:
    print(f"note {note.code}: {note.message}")
print(lgescar.write(report, sys.argv[2]) / "report.html")
