"""What the rules of the grammar mean, given a table: a method for each rule, in the file of its family."""

from __future__ import annotations

from workers.planner.meaning.asked import AskedMeaning
from workers.planner.meaning.column_rules import ColumnRuleMeaning
from workers.planner.meaning.columns import ColumnMeaning
from workers.planner.meaning.combining import CombineMeaning
from workers.planner.meaning.computing import ComputeMeaning
from workers.planner.meaning.dates import DateMeaning
from workers.planner.meaning.derived import DerivedMeaning
from workers.planner.meaning.encoding import EncodeMeaning
from workers.planner.meaning.naming import NamingMeaning
from workers.planner.meaning.orders import OrderMeaning
from workers.planner.meaning.outputs import OutputMeaning
from workers.planner.meaning.places import PlaceMeaning
from workers.planner.meaning.ranges import RangeMeaning
from workers.planner.meaning.setting import SettingMeaning
from workers.planner.meaning.shapes import ShapeMeaning
from workers.planner.meaning.signs import SignMeaning
from workers.planner.meaning.tables import TableMeaning
from workers.planner.meaning.values import ValueMeaning
from workers.planner.meaning.windows import WindowMeaning

__all__ = ["Meaning"]


class Meaning(
    AskedMeaning,
    PlaceMeaning,
    OrderMeaning,
    DerivedMeaning,
    ColumnMeaning,
    ColumnRuleMeaning,
    ValueMeaning,
    SettingMeaning,
    RangeMeaning,
    DateMeaning,
    SignMeaning,
    TableMeaning,
    ShapeMeaning,
    WindowMeaning,
    EncodeMeaning,
    CombineMeaning,
    OutputMeaning,
    ComputeMeaning,
    NamingMeaning,
):
    """All families together."""
