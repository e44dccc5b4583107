"""Fails a build whose image must not start: python ci_gate.py POLICIES REPORT [TIME]"""

import sys
from pathlib import Path

from imagegate import Action, Launch, PolicySet, ScanProfile

policies, report, *time = sys.argv[1:]
profile = ScanProfile.parse(Path(report))
image = {"id": profile.image_id, "reference": next(iter(profile.image_names), None)}
launch = Launch.parse({"version": 1, "image": image, "privileges": []})
decision = PolicySet.parse(Path(policies)).assess(profile).decide(launch, *time)
print(decision)
sys.exit(decision.action == Action.INTERCEPT)  # An error is an exception: the build fails, too.
