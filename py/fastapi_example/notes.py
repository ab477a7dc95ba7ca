"""A notebook: pages with links and forms, a JSON API, and a page whose script asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, Field

HERE = Path(__file__).parent


class Note(BaseModel):
    """A note, as the API takes and gives it."""

    text: str = Field(min_length=1, max_length=500)


def make_app(loader_url: str) -> FastAPI:
    """The application itself. loader_url: where the loader's modules are."""
    # Its interactive documentation would come from another host.
    app = FastAPI(title="Notes", docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    templates = Jinja2Templates(HERE / "templates")
    notes = [Note(text="This page was made by FastAPI, in your browser.")]

    def page(request: Request, name: str, **context: object) -> Response:
        return templates.TemplateResponse(request, name, {"loader_url": loader_url, **context})

    def back_home(request: Request, message: str) -> Response:
        # 303: whatever the form sent, the next request is a GET, and a reload repeats nothing.
        response = RedirectResponse(request.url_for("home"), status_code=303)
        response.set_cookie("message", message, httponly=True)
        return response

    @app.get("/", response_class=HTMLResponse)
    async def home(request: Request) -> Response:
        response = page(request, "home.html", notes=notes, message=request.cookies.get("message"))
        response.delete_cookie("message")
        return response

    @app.post("/notes")
    async def add_note(request: Request, text: Annotated[str, Form(max_length=500)]) -> Response:
        notes.append(Note(text=text))
        return back_home(request, "Note added.")

    @app.post("/upload")
    async def upload(request: Request, file: UploadFile) -> Response:
        content = await file.read()
        return back_home(request, f"The file has {len(content):,} bytes.")

    @app.get("/notes/{number}", response_class=HTMLResponse)
    async def show_note(request: Request, number: int) -> Response:
        if not 1 <= number <= len(notes):
            raise HTTPException(404, f"There is no note {number}")
        return page(request, "note.html", note=notes[number - 1], number=number)

    @app.get("/live", response_class=HTMLResponse)
    async def live(request: Request) -> Response:
        return page(request, "live.html")

    @app.get("/api/notes")
    def list_notes() -> list[Note]:
        return notes

    @app.post("/api/notes", status_code=201)
    def create_note(note: Note) -> Note:
        notes.append(note)
        return note

    return app
