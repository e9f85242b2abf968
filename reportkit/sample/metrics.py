"""What the experiments are measured by."""

from __future__ import annotations

from collections.abc import Mapping

from reportkit.sample.behaviour import Metric

METRICS: Mapping[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric("purchase_conversion", "Purchase conversion", "proportion", "purchase", "share", "ann"),
        Metric("revenue_per_subject", "Revenue per subject", "mean", "purchase", "EUR", "ann"),
        Metric("revenue_per_session", "Revenue per session", "ratio", "purchase", "EUR per session", "ann", "session"),
        Metric("sessions_per_subject", "Sessions per subject", "mean", "session", "sessions", "kai"),
        Metric("tour_completion", "Tour completion", "proportion", "tour_completed", "share", "ann"),
        Metric("search_success", "Clicks per search", "ratio", "search_click", "clicks per search", "kai", "search"),
        Metric("signup_conversion", "Sign-up conversion", "proportion", "signup", "share", "noor"),
        Metric("push_opens_per_subject", "Push messages opened", "mean", "push_open", "messages", "ann"),
        Metric("watch_minutes_per_subject", "Minutes watched", "mean", "video_watched", "minutes", "kai"),
        Metric("unsubscribe_rate", "Unsubscribed", "proportion", "unsubscribe", "share", "ada", None, False),
        Metric(
            "support_contact_rate", "Contacted support", "proportion", "support_contact", "share", "ada", None, False
        ),
        Metric("page_load_time", "First page load", "mean", "page_load", "ms", "ada", None, False),
        Metric(
            "cart_abandonment",
            "Carts abandoned (not in use yet)",
            "proportion",
            "cart_left",
            "share",
            "vic",
            None,
            False,
        ),
    )
}
