"""
Servers of moto's, one for whoever connects to the socket given as the argument: who asks sends its
order as a line of JSON, is answered with the port, and has the server until it hangs up. Each is a
fork of this process, so that moto is imported once for all of them, not for three seconds by each.
Ends with its standard input, and with status 3 at once where there is no moto.
"""

import importlib.util
import json
import logging
import os
import random
import select
import signal
import socket
import sys
import threading

if any(importlib.util.find_spec(name) is None for name in ("moto", "flask", "flask_cors")):
    sys.exit(3)

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(64)
print("listening", flush=True)

from moto.backends import get_backend
from moto.ec2.models import amis
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.utilities.utils import load_resource
from werkzeug.serving import make_server

# what the tests ask; any other one is imported by the server that is asked
for service in (
    *("cloudformation", "ec2", "events", "iam", "kms", "lambda", "logs"),
    *("s3", "sns", "sqs", "ssm", "stepfunctions", "sts"),
):
    get_backend(service)

# of the stock images moto has 400 more, for ECS: with those every look at snapshots takes seconds
latest = "../resources/latest_amis/eu-west-1.json"
stock = [*amis.AMIS, *load_resource(amis.__name__, latest)]


def images_of(order):
    if order.get("images") is None:
        return stock if order["stockImages"] else []
    with open(order["images"], encoding="utf-8") as file:
        return json.load(file)


def end_with(connection):
    connection.recv(1)
    os._exit(0)


def serve(connection):
    order = json.loads(connection.makefile().readline())
    for numbers in (random, mock_random):
        numbers.seed(os.urandom(16))
    os.environ["MOTO_AMIS_PATH"] = "read already"
    amis.AMIS = images_of(order)
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    os.environ["MOTO_PORT"] = str(order.get("lambdaPort") or server.port)
    threading.Thread(target=end_with, args=[connection], daemon=True).start()
    connection.sendall(f"{server.port}\n".encode())
    server.serve_forever()


logging.getLogger("werkzeug").setLevel(logging.ERROR)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    ready, _, _ = select.select([listener, sys.stdin], [], [])
    if sys.stdin in ready:
        break
    connection, _ = listener.accept()
    if os.fork() == 0:
        try:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(connection)
        finally:
            os._exit(1)
    connection.close()
