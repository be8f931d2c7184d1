"""Options for reading formats that do not describe themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pactwire.convert.formats.conll import ConllColumns


@dataclass(frozen=True)
class ReaderOptions:
    """How to read the files of a corpus.

    Attributes:
        conll_columns: The columns of CoNLL.
        table_columns: The columns of tables.
        text_folder: The folder of the tables' texts.
        fields: The names of record fields and layers.
        class_names: The tags by their numbers.
        person: Whose annotations to read, if several people annotated.
        repair: Whether to replace remnants of Windows-1252 by the intended characters.
        attributes: The names of attributes that the mapping has, so that they are no decisions.
        layers: The layers besides that of mentions that are read, such as the tokens; None for all.
    """

    conll_columns: ConllColumns = field(default_factory=ConllColumns)
    table_columns: tuple[str, ...] = ()
    text_folder: Path | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    class_names: tuple[str, ...] = ()
    person: str | None = None
    repair: bool = False
    attributes: Collection[str] = ()
    layers: frozenset[str] | None = frozenset()

    def takes_layer(self, name: str) -> bool:
        """Return whether a layer besides that of mentions is read, rather than counted."""
        return self.layers is None or name in self.layers
