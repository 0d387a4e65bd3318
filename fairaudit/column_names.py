"""What columns are called: the words by which a role is recognised, and the form in which names are compared."""

from __future__ import annotations

import re

ID = re.compile(r"(^|_)(id|ids|uid|uuid|guid|key|hash|email|e_mail|mail|phone|telephone|mobile|iban|ssn|ip)$")
CUSTOMER = {"customer", "client", "user", "member", "person", "subscriber", "account", "household"}
CUSTOMER_ID = {"id", *(f"{who}_{what}" for who in CUSTOMER for what in ("id", "uid", "key", "number"))}
PREDICTION = {
    "prediction", "predicted", "pred", "y_pred", "yhat", "y_hat", "predicted_label", "predicted_class", "decision",
    "offered", "selected", "recommended", "targeted",
}  # fmt: skip
SCORE = {
    "score", "scores", "probability", "proba", "prob", "y_score", "y_prob", "y_proba", "propensity", "pred_proba",
    "predicted_probability", "prediction_score", "model_score", "risk_score",
}  # fmt: skip
LABEL = {
    "label", "y", "y_true", "target", "actual", "outcome", "ground_truth", "truth", "response", "responded",
    "converted", "conversion", "purchased", "bought", "clicked", "redeemed", "repaid", "defaulted", "churned",
}  # fmt: skip
LABEL_START = ("would_", "did_", "actual_", "true_")
PROTECTED = {
    "gender", "gender_identity", "sex", "race", "ethnicity", "ethnic_group", "ethnic_origin", "disability", "disabled",
    "religion", "nationality", "national_origin", "sexual_orientation", "age",
}  # fmt: skip
AGE = re.compile(r"^age_?(band|group|bracket|range|cat|category|class|bin)s?$")
PERHAPS_PROTECTED = {
    "marital", "marital_status", "family_status", "citizenship", "native_country", "birth_country", "country_of_birth",
    "language", "mother_tongue", "pregnant", "veteran", "minority", "migration_background", "faith", "skin_color",
}  # fmt: skip
SEGMENT = {"segment", "lifecycle", "lifecycle_stage", "region", "tier", "loyalty_tier", "channel", "plan"}
COUNT = {"count", "counts", "freq", "frequency", "n"}
YES = {
    "1", "1.0", "true", "t", "yes", "y", "positive", "accept", "accepted", "approve", "approved", "offer", "offered",
    "selected", "recommended", "targeted", "granted", "admitted",
}  # fmt: skip


def plain(name: str) -> str:
    """Return a column's name in the form in which names are compared: CustomerID, customer-id -> customer_id."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def like_an_id(name: str) -> bool:
    """Return whether a column's name says that it identifies a person."""
    return plain(name) in CUSTOMER | CUSTOMER_ID or bool(ID.search(plain(name)))


def worth_a_look(name: str) -> bool:
    """Return whether a name belongs to any role, so that the values are worth reading."""
    key = plain(name)
    known = PREDICTION | SCORE | LABEL | PROTECTED | PERHAPS_PROTECTED | SEGMENT | COUNT
    return key in known or key.startswith(LABEL_START) or key.endswith("_segment") or bool(AGE.match(key))
