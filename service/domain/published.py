"""What the world has been told of a customer, by his published profile."""

from collections.abc import Sequence

from msgspec import structs

from schemas.outbound import Announcement
from schemas.profile import Profile, TierStanding
from service.domain.calendar import day_number
from service.domain.customer import Customer
from service.domain.names import Names
from service.domain.occasion import Occasion
from service.domain.policy import Policy, Scheme, TermHold
from service.domain.tier_outlook import Expiring


def published_names(profile: Profile, policy: Policy, known: Sequence[Policy]) -> Names:
    """What a profile says, by the schemes of `policy`; `known`: policies that it may have been made under.

    A notice had been sent of a tier that is expiring by the profile's own policy. A rolling hold's profile does not tell the
    days before grace from grace: the notice that came before it counts as sent. Of an unknown policy no notice is known, and
    a tier that `policy` does not have either is not known to have been said.
    """
    own = {scheme.name: scheme for each in known if each.label == profile.policy for scheme in each.schemes}
    return Names(
        tuple([_tier(profile, scheme, own.get(scheme.name)) for scheme in policy.schemes]),
        tuple([_notice(profile, own.get(scheme.name)) for scheme in policy.schemes]),
        profile.rfm.segment if profile.rfm else None,
        profile.lifecycle.stage if profile.lifecycle else None,
        profile.churn.level if profile.churn else None,
    )


def difference(customer: Customer, published: Profile | None, policy: Policy, occasion: Occasion) -> list[Announcement]:
    """How a customer differs from what the world has been told: by his profile, or else by what he knows of it himself."""
    if published is None:
        return customer.say_again(policy, occasion)
    known = [policy, *([occasion.former] if occasion.former else [])]
    return customer.say_since(published_names(published, policy, known), published.sequence, policy, occasion)


def is_current(said: Profile, now: Profile) -> bool:
    """Whether a published profile need not go out again, `position` aside.

    Of profiles of different days only what does not depend on the day is compared: when a customer comes to be looked at after
    a change of rules, and so of which day his profile is, no log says.
    """
    if said.as_of == now.as_of:
        return structs.replace(said, position=now.position) == now
    return _lasting(said) == _lasting(now)


def _lasting(profile: Profile) -> tuple[object, ...]:
    return (
        profile.policy,
        profile.sequence,
        profile.totals,
        {scheme: (shown.tier, shown.since, shown.held_until) for scheme, shown in profile.tiers.items()},
        profile.rfm and profile.rfm.segment,
        profile.lifecycle and (profile.lifecycle.stage, profile.lifecycle.since),
        profile.churn and profile.churn.level,
        profile.open_complaints,
    )


def _tier(profile: Profile, scheme: Scheme, own: Scheme | None) -> str | None:
    shown = profile.tiers.get(scheme.name)
    ladder = {tier.name for each in (scheme, own) if each for tier in each.tiers}
    return shown.tier if shown and shown.tier in ladder else None


def _notice(profile: Profile, own: Scheme | None) -> Expiring | None:
    shown = profile.tiers.get(own.name) if own else None
    if own is None or shown is None or not _is_expiring(profile, shown, own):
        return None
    return Expiring(shown.tier, day_number(shown.since), None if shown.held_until is None else day_number(shown.held_until))


def _is_expiring(profile: Profile, shown: TierStanding, scheme: Scheme) -> bool:
    keep = shown.keep
    if scheme.notice_days is None or keep is None or keep.check_on is None or keep.missing is None:
        return False
    if isinstance(scheme.hold, TermHold) and (shown.held_until is None or shown.held_until < profile.as_of):
        return False  # in grace
    return (keep.check_on - profile.as_of).days <= scheme.notice_days
