"""What notebooks show. Names come from images and reports: all of them are escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagegate import Decision, Launch, PolicySet, ScanProfile

_COLOURS = {"intercept": "#b3261e", "alarm": "#8a5a00", "allow": "#1e6b34"}


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    def cells(tag: str, row: Iterable[object]) -> str:
        return "".join(f"<{tag}>{'' if cell is None else escape(str(cell))}</{tag}>" for cell in row)

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table>"


def decision(decision: Decision) -> str:
    """The action, then a row for each policy that hit."""
    action = decision.action.value
    image = decision.image
    name = escape(image.name or image.id or image.digest or "")
    title = f'<p><strong style="color: {_COLOURS[action]}">{action.upper()}</strong> {name}</p>'
    if not decision.events:
        return f"<div>{title}<p>No policy objects to this start.</p></div>"
    rows = [(event.action, event.policy.name, event.risk_description, event.solution) for event in decision.events]
    return f"<div>{title}{_table(('action', 'policy', 'why', 'do'), rows)}</div>"


def policy_set(policies: PolicySet) -> str:
    """A row for each policy."""
    rows = [
        (policy.id, policy.name, policy.type, "yes" if policy.enabled else "no", policy.intercepts_from)
        for policy in policies.policies
    ]
    title = f"<p><strong>{escape(policies.label or 'Policies')}</strong> {policies.revision[:12]}</p>"
    return f"<div>{title}{_table(('id', 'name', 'type', 'enabled', 'intercepts from'), rows)}</div>"


def scan_profile(profile: ScanProfile) -> str:
    """Identity, state and counts."""
    image = profile.image_names[0] if profile.image_names else profile.image_id
    counts = profile.counts
    row = (image, profile.scan_state, counts.vulnerabilities, counts.malware, counts.sensitive)
    return f"<div>{_table(('image', 'scan', 'vulnerabilities', 'malware', 'sensitive'), [row])}</div>"


def launch(launch: Launch) -> str:
    """Image, container and privileges."""
    image = launch.image_reference or launch.image_id or launch.image_digest
    row = (image, launch.container, ", ".join(launch.privileges))
    return f"<div>{_table(('image', 'container', 'privileges'), [row])}</div>"
