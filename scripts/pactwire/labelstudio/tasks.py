"""Articles and annotation documents to Label Studio tasks with predictions, and their results back to layers.

There are two projects (``fields.PROJECTS``): ``labels`` holds entities, claims and stances over the
content text, ``zones`` holds zones over the whole source text. All is keyed so that a pull needs
nothing but what the server gives back, and so that pressing Submit in the page loses nothing.

A task::

    {"data": {"project": "labels" | "zones", "article": id, "source_id": name of the raw file,
              "text": what is labeled, "text_sha256": of the SOURCE text,
              "segments": [{"content", "source", "length"}, ...] from text to source text,
              "guidelines": version},
     "predictions": [{"model_version": "annotator@sha256 of the document", "result": [...]}, ...]}

``model_version`` is the document's revision, word for word an entry of ``derived_from``.

A result holds, all ids being label ids:

- a region for each label, named by the control ``label``: an entity's type, a zone's kind, CLAIM, STANCE;
- a CUE region ``cue-START-END`` (offsets of the content text) for each distinct cue span;
- a per-region result for each attribute (``fields.FIELDS``); none stands for null;
- relations: claimant (claim to entity), cue (claim to CUE), holder (stance to entity), target (stance to
  entity or claim); one relation with two labels where holder and target are the same mention;
- ``finished``, a choice of the whole document: the layers that were annotated. A layer that is not
  named there is missing, and one named there without labels is empty;
- ``flags``, another: what people want to tell the team; it is no label and is handed back as a remark.

A region's ``meta["pactwire"]`` is ``{"id", "by", "digest"}`` of the label as drafted, and ``claimants``
where their order is not that of the text. A label is *accepted* if its digest still holds, *edited* if
not, *new* without such meta or where the id is another's (a copied region).
"""
