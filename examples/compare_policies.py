"""What would change for the images on record if other policies were in force?

python compare_policies.py OLD_POLICIES NEW_POLICIES FOLDER_OF_REPORTS [TIME]

Each cell can be pasted into a notebook, where objects show themselves as tables.
"""

# %% What to compare
import sys
from pathlib import Path

from imagegate import Assessment, Decision, ImagegateError, Launch, PolicySet, ScanProfile

old_file, new_file, folder, *time = sys.argv[1:]
now = time[0] if time else None
old, new = PolicySet.parse(Path(old_file)), PolicySet.parse(Path(new_file))

# %% The reports; what is none of them (policies, launches, notes) is listed, never taken for a clean image
profiles: list[ScanProfile] = []
for path in sorted(Path(folder).glob("*.json")):
    try:
        profiles.extend(ScanProfile.parse_all(path))
    except ImagegateError as error:
        print(f"left out  {path.name}: {error}", file=sys.stderr)


# %% Each image started without privileges, under both sets, at the same instant
def start(profile: ScanProfile) -> Launch:
    image = {"id": profile.image_id, "reference": next(iter(profile.image_names), None)}
    return Launch.parse({"version": 1, "image": image, "privileges": []})


def decide(policies: PolicySet, profile: ScanProfile) -> Decision:
    assessment: Assessment = policies.assess(profile)
    return assessment.decide(start(profile), now)


before = [decide(old, profile) for profile in profiles]
after = [decide(new, profile) for profile in profiles]

# %% What changes
changed = 0
for was, becomes in zip(before, after, strict=True):
    if was.action != becomes.action:
        changed += 1
        print(f"{becomes.image.name or becomes.image.id}  {was.action} -> {becomes.action}")
        for event in becomes.events:
            print(f"    {event.policy.name}: {event.solution}")
print(f"{changed} of {len(profiles)} images change")

# %% As tables, for those who like them:
# pandas.DataFrame(row for decision in after for row in decision.finding_rows())
