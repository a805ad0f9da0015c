"""A document of several tenants: planned for all of them, then written one tenant after the other.

Nothing is written while any entry of any tenant is wrong. Each tenant's part is one transaction;
what was written before an outage stays, and applying the document again does the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.entries import OF_ANOTHER
from authwell.identity.configuration.export import Document, tenant_entry
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.configuration.references import References
from authwell.identity.configuration.service import Configurator, Sections
from authwell.identity.configuration.state import State, blank_state
from authwell.identity.tenants.life_cycle import TenantLife, shown
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.registry import ROOT
from authwell.utils.versions import ANY_VERSION, Expected

TENANTS: Final = "tenants"
MEMBER: Final = "tenant"


@dataclass(frozen=True, slots=True)
class Several:
    """Plans, applies and exports the configuration of all tenants.

    Attributes:
        configurator: its tenant is that of entries that name none.
        life: makes the tenants that a document adds.
    """

    configurator: Configurator
    life: TenantLife

    def plan(self, sections: Sections, references: References, author: Author) -> Plan:
        """What would change if the sections were applied.

        Raises:
            Refused: something is wrong, in whichever tenant.
        """
        return _joined([plan for _, plan in self._plans(sections, references, author)])

    def apply(self, sections: Sections, references: References, author: Author) -> Plan:
        """Make everything as the sections say, in all tenants that they speak of.

        Raises:
            Refused: something is wrong; nothing was written.
            Conflict: a name was taken at the same moment.
        """
        parts = split(sections, self.configurator.slug)
        made = []
        for slug, plan in self._plans(sections, references, author):
            if _is_new(plan):
                self.life.create(slug, _name(parts[slug], slug), author)
            done = self._of(slug).apply(parts[slug], references, author)
            made.append(_labelled(slug, _since_creation(done, slug) if _is_new(plan) else done))
        return _joined(made)

    def find(self, slug: str) -> TenantRecord:
        """A tenant.

        Raises:
            NotFound: there is none, or it was deleted.
        """
        return self._of(slug).state().tenant

    def check_new(self, slug: str, name: str, policy: Mapping[str, Any], author: Author) -> None:
        """See that a tenant could be made with this policy; nothing is written.

        Raises:
            Refused: it could not.
        """
        draft = self.life.draft(slug, name, author)
        state = blank_state(self.configurator.database, draft)
        entry = {"slug": slug, "name": name, "policy": policy}
        self._of(slug).check(state, TENANTS, entry, author)

    def set_members(
        self,
        slug: str,
        members: Mapping[str, Any],
        author: Author,
        expected: Expected = ANY_VERSION,
    ) -> Plan:
        """Change name or policy of one tenant; null takes a member of the policy away.

        Args:
            slug: of which.
            members: `name` or `policy`, whose members are written over those that there are.
            author: who.
            expected: versions that may be written over.

        Raises:
            Refused: something is wrong with them.
            ChangedMeanwhile: it is another version.
        """

        def find(state: State) -> Mapping[str, Any]:
            expected.require(shown(state.tenant))
            entry = tenant_entry(state.tenant)
            return {**entry, "policy": {**entry["policy"], **members.get("policy", {})}}

        given = {name: value for name, value in members.items() if name != "policy"}
        return _labelled(slug, self._of(slug).update(TENANTS, find, given, author))

    def export(self, author: Author, *, with_secrets: bool) -> Document:
        """All tenants as one document, or the one that was chosen; entries say whose they are."""
        document: Document = {}
        for record in Configuration(self.configurator.database).list_tenants():
            if record.status == "deleted" or self.configurator.slug not in (ROOT, record.slug):
                continue
            found = self._of(record.slug).export(author.now, with_secrets=with_secrets)
            for section, entries in found.items():
                document.setdefault(section, []).extend(_named(section, record.slug, entries))
        return document

    def _plans(
        self, sections: Sections, references: References, author: Author
    ) -> list[tuple[str, Plan]]:
        plans, problems = list[tuple[str, Plan]](), list[Problem]()
        for slug, part in split(sections, self.configurator.slug).items():
            try:
                plans.append((slug, self._plan(slug, part, references, author)))
            except Refused as refused:
                problems += refused.problems
        if problems:
            raise Refused(problems)
        return plans

    def _plan(self, slug: str, part: Sections, references: References, author: Author) -> Plan:
        found = Configuration(self.configurator.database).find_tenant(slug)
        if found is not None and found.status != "deleted":
            return _labelled(slug, self._of(slug).plan(part, references, author.now))
        path = _path(part)
        if found is not None or not any(entry is not OF_ANOTHER for entry in part.get(TENANTS, ())):
            raise Refused([Problem(path, f"there is no tenant {slug!r}; name it in tenants")])
        draft = self.life.draft(slug, _name(part, slug), author)
        return self._plan_new(draft, part, references, author)

    def _plan_new(
        self, draft: TenantRecord, part: Sections, references: References, author: Author
    ) -> Plan:
        state = blank_state(self.configurator.database, draft)
        plan = self._of(draft.slug).plan_on(state, part, references, author.now)
        return _labelled(draft.slug, _since_creation(plan, draft.slug))

    def _of(self, slug: str) -> Configurator:
        return replace(self.configurator, slug=slug)


def split(sections: Sections, default: str) -> dict[str, dict[str, Sequence[Mapping[str, Any]]]]:
    """The sections of each tenant; entries keep their places, so that findings name them right.

    Raises:
        Refused: an entry names its tenant by what is no text.
    """
    owners = {
        section: [_owner(section, index, entry, default) for index, entry in enumerate(entries)]
        for section, entries in sections.items()
    }
    slugs = dict.fromkeys((*owners.get(TENANTS, ()), *_all(owners)))
    return {
        slug: {
            section: [
                entry if owner == slug else OF_ANOTHER
                for owner, entry in zip(owners[section], entries, strict=True)
            ]
            for section, entries in sections.items()
        }
        for slug in slugs
    }


def _all(owners: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for found in owners.values():
        yield from found


def _owner(section: str, index: int, entry: Mapping[str, Any], default: str) -> str:
    member = "slug" if section == TENANTS else MEMBER
    slug = entry.get(member)
    if slug is None:
        return default
    if not isinstance(slug, str):
        raise Refused([Problem(f"{section}[{index}].{member}", "must be the slug of a tenant")])
    return slug


def _path(part: Sections) -> str:
    """Where the document first speaks of the tenant."""
    for section, entries in part.items():
        for index, entry in enumerate(entries):
            if entry is not OF_ANOTHER:
                return f"{section}[{index}].{'slug' if section == TENANTS else MEMBER}"
    return ""


def _name(part: Sections, slug: str) -> str:
    for entry in part.get(TENANTS, ()):
        if isinstance(entry.get("name"), str):
            return str(entry["name"])
    return slug


def _is_new(plan: Plan) -> bool:
    return any(change.kind == "tenant" and change.action == "create" for change in plan.changes)


def _since_creation(plan: Plan, slug: str) -> Plan:
    """A plan for a tenant that was new before: what it has of its own came with it."""
    changes = tuple(change for change in plan.changes if change.kind != "tenant")
    return replace(plan, changes=(Change("tenant", "create", slug), *changes))


def _labelled(slug: str, plan: Plan) -> Plan:
    return replace(plan, changes=tuple(replace(change, tenant=slug) for change in plan.changes))


def _joined(plans: Sequence[Plan]) -> Plan:
    return Plan(
        stamp=plans[0].stamp if plans else 0,
        changes=tuple(change for plan in plans for change in plan.changes),
        warnings=tuple(warning for plan in plans for warning in plan.warnings),
    )


def _named(section: str, slug: str, entries: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry if section == TENANTS or slug == ROOT else {MEMBER: slug, **entry}
