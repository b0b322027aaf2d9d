"""Name every reason for which a gate stays shut, in words for people."""

from typing import Literal

from observatory.errors import phrase

ReasonCode = Literal[
    "NO_RELEASE",
    "DIGEST_MISMATCH",
    "ENVIRONMENT_MISMATCH",
    "NO_CITIZEN_TEST",
    "CITIZEN_TEST_FAILED",
    "SAMPLE_TOO_SMALL",
    "OPEN_CRITICAL_PROBLEM",
    "NO_EXECUTIVE_PARTICIPATION",
    "NO_EXECUTIVE_RUN",
    "RUN_INCOMPLETE",
    "EVIDENCE_RELEASE_MISMATCH",
    "NO_EXECUTIVE_SIGNOFF",
    "SIGNED_FAIL",
    "CONDITION_OVERDUE",
    "SIGNOFF_EXPIRED",
    "REVOKED",
    "SUPERSEDED",
    "SOD_VIOLATION",
    "LOG_CONTRACT_UNMET",
    "UNWITNESSED",
    "LOG_INCONSISTENT",
]

REASONS: dict[ReasonCode, str] = {
    "NO_RELEASE": phrase("No release of the service is frozen in the public log"),
    "DIGEST_MISMATCH": phrase("No release of the service was frozen with this digest"),
    "ENVIRONMENT_MISMATCH": phrase("The release was frozen for another environment"),
    "NO_CITIZEN_TEST": phrase("No usability test with citizens was made of the release"),
    "CITIZEN_TEST_FAILED": phrase("The usability test with citizens was not passed"),
    "SAMPLE_TOO_SMALL": phrase("Too few citizens took part in the usability test"),
    "OPEN_CRITICAL_PROBLEM": phrase("A critical problem of the release is open"),
    "NO_EXECUTIVE_PARTICIPATION": phrase("The responsible executive took part in no session with citizens"),
    "NO_EXECUTIVE_RUN": phrase("The responsible executive has not used the release"),
    "RUN_INCOMPLETE": phrase("The executive's own use of the release is not complete"),
    "EVIDENCE_RELEASE_MISMATCH": phrase("The evidence is of another release"),
    "NO_EXECUTIVE_SIGNOFF": phrase("The responsible executive has not signed the release off"),
    "SIGNED_FAIL": phrase("The responsible executive decided that the release fails"),
    "CONDITION_OVERDUE": phrase("A condition of the sign-off was not met by its day"),
    "SIGNOFF_EXPIRED": phrase("The sign-off has expired"),
    "REVOKED": phrase("The sign-off was revoked"),
    "SUPERSEDED": phrase("A later release was signed off"),
    "SOD_VIOLATION": phrase("Whoever signed was not the one to sign: the separation of duties is broken"),
    "LOG_CONTRACT_UNMET": phrase("The service does not report what it has to report"),
    "UNWITNESSED": phrase("Outside witnesses have not yet confirmed the log this far"),
    "LOG_INCONSISTENT": phrase("The public log is not what was signed before, so nothing can be decided"),
}
