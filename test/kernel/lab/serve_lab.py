"""Serves JupyterLab's front end from the folder in LAB_APP, with Debian's jupyter-server and jupyterlab-server."""

import os

from jupyter_server.base.handlers import JupyterHandler
from jupyterlab_server import LabServerApp
from tornado import websocket

APP = os.environ["LAB_APP"]


class Me(JupyterHandler):
    """Who is there; newer servers say it."""

    def get(self):
        self.finish({"identity": {"username": "student", "name": "Student"}, "permissions": {}})


class Events(websocket.WebSocketHandler):
    """Where newer servers tell of events; here nothing happens."""


class Lab(LabServerApp):
    name = "lab"
    extension_url = app_url = default_url = "/lab"
    app_name = app_namespace = "JupyterLab"
    app_version = "4.6.4"
    load_other_extensions = False
    static_dir = os.path.join(APP, "static")
    templates_dir = os.path.join(APP, "templates")
    schemas_dir = os.path.join(APP, "schemas")
    themes_dir = os.path.join(APP, "themes")
    app_settings_dir = os.path.join(os.environ["LAB_STATE"], "app-settings")
    user_settings_dir = os.path.join(os.environ["LAB_STATE"], "user-settings")
    workspaces_dir = os.path.join(os.environ["LAB_STATE"], "workspaces")

    def initialize_handlers(self):
        self.handlers += [("/api/me", Me), ("/api/events/subscribe", Events)]
        super().initialize_handlers()


def _jupyter_server_extension_points():
    return [{"module": __name__, "app": Lab}]


if __name__ == "__main__":
    Lab.launch_instance()
