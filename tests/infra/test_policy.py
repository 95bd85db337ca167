"""What a deployment decides about money gets from the template's parameters into the product."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from academy.payments.policy import Policy
from infra.template import load

TEMPLATE = load()
WITH_POLICY = {"PaymentsFunction", "WebhooksFunction", "PaymentTasksFunction", "DocumentTasksFunction"}


def written(**given: str) -> Policy:
    """As the functions read it, with these parameters and the defaults of the others."""
    (text,) = {_environment(name)["PAYMENT_POLICY"]["Sub"] for name in WITH_POLICY}
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in TEMPLATE["Parameters"].items()}
    return Policy.model_validate_json(re.sub(r"\$\{(\w+)\}", lambda found: {**defaults, **given}[found[1]], text))


def _environment(function: str) -> dict[str, Any]:
    variables: dict[str, Any] = TEMPLATE["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
    return variables


def test_the_defaults_are_the_products() -> None:
    assert written() == Policy()


def test_every_parameter_arrives() -> None:
    policy = written(
        SellerName="Śikṣā & Sons",
        SellerAddress="1, MG Road, Bengaluru",
        SellerGstin="29AABCK1234A1Z5",
        SellerState="29",
        PricesIncludeTax="false",
        TaxBasisPoints="500",
        InstructorShareBasisPoints="6000",
        RefundDays="7",
        RefundProgressPercent="10",
        DisputeAccess="paused",
    )

    assert policy == Policy(
        seller_name="Śikṣā & Sons",
        seller_address="1, MG Road, Bengaluru",
        seller_gstin="29AABCK1234A1Z5",
        seller_state="29",
        prices_include_tax=False,
        tax_bp=500,
        instructor_share_bp=6000,
        refund_days=7,
        refund_progress_percent=10,
        dispute_access="paused",
    )


def test_what_would_break_it_is_refused_before_anything_is_deployed() -> None:
    for name in ("SellerName", "SellerAddress"):
        pattern = TEMPLATE["Parameters"][name]["AllowedPattern"]
        assert re.fullmatch(pattern, "Kayago Solutions, 1/2 MG Road")
        assert not re.fullmatch(pattern, 'a "name"')
        assert not re.fullmatch(pattern, "back\\slash")
    assert re.fullmatch(TEMPLATE["Parameters"]["SellerGstin"]["AllowedPattern"], Policy().seller_gstin)
    with pytest.raises(ValidationError):
        written(SellerState="07")


def test_only_those_who_need_it_have_it() -> None:
    functions = {name for name, resource in TEMPLATE["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"}

    assert {name for name in functions if "PAYMENT_POLICY" in _environment(name)} == WITH_POLICY
    assert {name for name in functions if "RAZORPAY_SECRET_ARN" in _environment(name)} == WITH_POLICY - {"DocumentTasksFunction"}
    assert {name for name in functions if "RAZORPAY_BASE_URL" in _environment(name)} == {"PaymentsFunction", "PaymentTasksFunction"}
