"""The experiments, and the truth about them."""

from __future__ import annotations

from collections.abc import Mapping

from reportkit.sample.behaviour import Experiment, Habit, Variant
from reportkit.sample.metrics import METRICS

SESSION = Habit("session", 1.0, again=0.5)
PAGE_LOAD = Habit("page_load", 1.0, value=840.0, spread=0.35, delay=0.0)
UNSUBSCRIBE = Habit("unsubscribe", 0.04, delay=0.3)
SUPPORT = Habit("support_contact", 0.05, again=0.2, delay=0.2)


def purchase(chance: float) -> Habit:
    return Habit("purchase", chance, again=0.3, value=48.0, spread=0.9, money=True)


def halves(control: str, treatment: Variant) -> tuple[Variant, ...]:
    return Variant("control", control, 0.5, 0.5), treatment


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        key="video_autoplay",
        name="Autoplay the next video",
        hypothesis="People watch longer when the next video starts by itself, and pages stay about as fast.",
        status="completed",
        created_by="kai",
        created=174,
        started=167,
        ended=139,
        variants=halves(
            "Ask first",
            Variant(
                "autoplay",
                "Autoplay",
                0.5,
                0.5,
                more={"video_watched": 0.06},
                larger={"video_watched": 0.1, "page_load": 0.01},
            ),
        ),
        metrics={
            "watch_minutes_per_subject": "primary",
            "page_load_time": "guardrail",
            "unsubscribe_rate": "guardrail",
        },
        habits=(Habit("video_watched", 0.7, again=1.2, value=7.5, spread=0.8), SESSION, PAGE_LOAD, UNSUBSCRIBE),
        share=0.06,
        events_each=6.0,
    ),
    Experiment(
        key="onboarding_tour",
        name="Onboarding tour",
        hypothesis="A guided tour helps newcomers to finish their set-up.",
        status="completed",
        created_by="ann",
        created=150,
        started=139,
        ended=111,
        variants=halves("No tour", Variant("tour", "Guided tour", 0.5, 0.5)),
        metrics={
            "tour_completion": "primary",
            "sessions_per_subject": "secondary",
            "support_contact_rate": "guardrail",
        },
        habits=(Habit("tour_completed", 0.42, delay=0.05), SESSION, PAGE_LOAD, SUPPORT),
        share=0.1,
    ),
    Experiment(
        key="recommendation_carousel",
        name="Recommendation carousel · おすすめ",
        hypothesis="Recommendations earn more.\n\n1. popular: what sells\n2. personal: what you saw\n3. blended: both",
        status="completed",
        created_by="ann",
        created=112,
        started=104,
        ended=62,
        variants=(
            Variant("control", "No carousel", 0.25, 0.25),
            Variant("popular", "Popular", 0.25, 0.25),
            Variant("personal", "Personal", 0.25, 0.25, more={"purchase": 0.1}),
            Variant("blended", "Blended", 0.25, 0.25, more={"purchase": 0.12}, larger={"purchase": 0.08}),
        ),
        metrics={"revenue_per_subject": "primary", "purchase_conversion": "secondary", "page_load_time": "guardrail"},
        habits=(purchase(0.34), SESSION, PAGE_LOAD),
        share=0.11,
    ),
    Experiment(
        key="vip_concierge",
        name="Concierge for our best customers",
        hypothesis="A personal concierge makes them buy more often. (Few people: treat with care!)",
        status="completed",
        created_by="vic",
        created=97,
        started=90,
        ended=62,
        variants=halves("Shop as usual", Variant("concierge", "Concierge", 0.5, 0.5, more={"purchase": 0.15})),
        metrics={"purchase_conversion": "primary", "revenue_per_subject": "secondary"},
        habits=(purchase(0.6), SESSION, PAGE_LOAD),
        share=0.005,
        at_most=240,
        events_each=8.0,
    ),
    Experiment(
        key="free_shipping_threshold",
        name="Free shipping from 60 € instead of 40 €",
        hypothesis="Baskets grow, and few people leave.",
        status="stopped",
        created_by="noor",
        created=83,
        started=76,
        ended=67,
        variants=halves(
            "From 40 €", Variant("sixty", "From 60 €", 0.5, 0.5, more={"purchase": -0.18}, larger={"purchase": 0.04})
        ),
        metrics={"revenue_per_subject": "primary", "purchase_conversion": "guardrail"},
        habits=(purchase(0.38), SESSION, PAGE_LOAD, SUPPORT),
        share=0.06,
    ),
    Experiment(
        key="checkout_redesign",
        name="Checkout redesign",
        hypothesis="One page instead of three: more of those who reach the checkout complete their purchase.",
        status="completed",
        created_by="ann",
        created=70,
        started=62,
        ended=20,
        variants=halves("Three pages", Variant("redesign", "One page", 0.5, 0.5, more={"purchase": 0.2})),
        metrics={
            "purchase_conversion": "primary",
            "revenue_per_subject": "secondary",
            "sessions_per_subject": "secondary",
            "unsubscribe_rate": "guardrail",
            "page_load_time": "guardrail",
        },
        habits=(SESSION, PAGE_LOAD, purchase(0.5), UNSUBSCRIBE, SUPPORT),
        share=0.24,
    ),
    Experiment(
        key="dark_mode",
        name="Dark mode 🌙",
        hypothesis=None,
        status="running",
        created_by="kai",
        created=57,
        started=55,
        ended=None,
        variants=(Variant("control", "Light", 0.8, 0.8), Variant("dark", "Dark", 0.2, 0.2)),
        metrics={"sessions_per_subject": "primary", "support_contact_rate": "guardrail", "page_load_time": "guardrail"},
        habits=(SESSION, PAGE_LOAD, SUPPORT),
        share=0.05,
    ),
    Experiment(
        key="pricing_page",
        name='Pricing page: "from", not "starting at"',
        hypothesis="Simpler words, more sign-ups. (The redirect loses some people: compare the sample sizes!)",
        status="completed",
        created_by="noor",
        created=54,
        started=48,
        ended=27,
        variants=(
            Variant("control", "Starting at", 0.5, 0.585),
            Variant("simple", "From", 0.5, 0.415, more={"signup": 0.25}),
        ),
        metrics={"signup_conversion": "primary", "support_contact_rate": "guardrail"},
        habits=(Habit("signup", 0.16), SESSION, SUPPORT),
        share=0.1,
        events_each=3.0,
    ),
    Experiment(
        key="search_ranking",
        name="Search ranking by click model",
        hypothesis="Better ranking, more clicks per search, and more revenue per session.",
        status="running",
        created_by="kai",
        created=40,
        started=34,
        ended=None,
        variants=halves(
            "By text",
            Variant("click_model", "By click model", 0.5, 0.5, more={"search_click": 0.12, "purchase": 0.05}),
        ),
        metrics={"search_success": "primary", "revenue_per_session": "secondary", "page_load_time": "guardrail"},
        habits=(
            Habit("search", 1.0, again=2.2),
            Habit("search_click", 0.7, again=1.5),
            purchase(0.22),
            SESSION,
            PAGE_LOAD,
        ),
        share=0.14,
        events_each=9.0,
    ),
    Experiment(
        key="push_reminders",
        name="Push reminders",
        hypothesis="Reminders bring people back, and do not drive them away.",
        status="running",
        created_by="ann",
        created=33,
        started=27,
        ended=None,
        variants=halves(
            "Weekly digest",
            Variant("daily", "Daily reminder", 0.5, 0.5, more={"push_open": 0.4, "unsubscribe": 1.0}),
        ),
        metrics={
            "push_opens_per_subject": "primary",
            "sessions_per_subject": "secondary",
            "unsubscribe_rate": "guardrail",
        },
        habits=(Habit("push_open", 0.48, again=0.9), SESSION, Habit("unsubscribe", 0.08, delay=0.3)),
        share=0.12,
        events_each=4.0,
    ),
    Experiment(
        key="loyalty_badge",
        name="Loyalty badge: gold, silver & <bronze>",
        hypothesis="",
        status="running",
        created_by="ada",
        created=9,
        started=6,
        ended=None,
        variants=(
            Variant("control", "No badge", 0.34, 0.34),
            Variant("plain", "Plain", 0.33, 0.33),
            Variant("animated", "Animated ✨", 0.33, 0.33, more={"purchase": 0.08}),
        ),
        metrics={"purchase_conversion": "primary", "revenue_per_subject": "secondary", "unsubscribe_rate": "guardrail"},
        habits=(purchase(0.3), SESSION, UNSUBSCRIBE),
        share=0.015,
        events_each=4.0,
    ),
    Experiment(
        key="legacy_import",
        name='=SUM(A1:A9) and other data from the "old" tool, as it came',
        hypothesis="-1 is the answer, said the import.\r\nמימין לשמאל, 從左到右, and @everyone\t🙂",
        status="running",
        created_by="ann",
        created=44,
        started=41,
        ended=None,
        variants=halves("Old", Variant("new", "=New", 0.5, 0.5)),
        metrics={"purchase_conversion": "primary", "revenue_per_session": "secondary"},
    ),
    Experiment(
        key="winter_campaign",
        name="Winter campaign",
        hypothesis="To be written.",
        status="draft",
        created_by="vic",
        created=3,
        started=None,
        ended=None,
        variants=halves("No banner", Variant("snow", "Snow ❄", 0.5, 0.5)),
        metrics={"purchase_conversion": "primary"},
    ),
)

TRUE_EFFECTS: Mapping[tuple[str, str, str], float] = {
    (experiment.key, variant.key, metric): variant.lift(METRICS[metric])
    for experiment in EXPERIMENTS
    if experiment.habits
    for variant in experiment.variants[1:]
    for metric in experiment.metrics
}
"""True relative lift against the control, by (experiment key, variant key, metric key); 0.0 where nothing changes."""
