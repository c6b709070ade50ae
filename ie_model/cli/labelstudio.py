"""``ie-model labelstudio``: annotate in Label Studio, one command a file beside this one.

The address of the server comes from ``LABEL_STUDIO_URL``, the token from ``LABEL_STUDIO_API_KEY``.
"""

from __future__ import annotations

import typer

from ie_model.cli import (
    labelstudio_agree,
    labelstudio_doctor,
    labelstudio_init,
    labelstudio_pull,
    labelstudio_push,
    labelstudio_queue,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Annotate in Label Studio: set up a project, push, pull, and what to do next.",
    epilog="Address and token of the server: LABEL_STUDIO_URL, LABEL_STUDIO_API_KEY.",
)
app.command()(labelstudio_init.init)
app.command()(labelstudio_push.push)
app.command()(labelstudio_pull.pull)
app.command()(labelstudio_queue.queue)
app.command()(labelstudio_agree.agree)
app.command()(labelstudio_agree.adjudicate)
app.command()(labelstudio_doctor.doctor)
