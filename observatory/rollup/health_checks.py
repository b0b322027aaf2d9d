"""Let requests for health-check paths count where the catalogue names such a path as a menu; elsewhere only machines ask for them."""

from dataclasses import replace

import numpy as np

from observatory.model.columns import HEALTH_CHECK, Outcome, RequestColumns
from observatory.rollup.attribution import Attributed


def settle_health_checks(columns: RequestColumns, attributed: Attributed) -> RequestColumns:
    """Return the records with an `Outcome` each, HEALTH_CHECK taken off: excluded, but for those of a menu that names the path."""
    asked = columns.outcome >= HEALTH_CHECK
    if not asked.any():
        return columns
    named = np.isin(attributed.menu_index, list(attributed.health_menus))
    settled = np.where(named, columns.outcome & ~np.uint8(HEALTH_CHECK), np.uint8(Outcome.EXCLUDED))
    return replace(columns, outcome=np.where(asked, settled, columns.outcome))
