"""A part of a stand-in stack; what it does is its first argument."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def main(behaviour, *arguments):
    if behaviour == "ignores":  # before there is a child, by which a test sees that it has begun
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:  # as a worker's pool does: a child that nobody tells to end
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pause()
    print(f"{behaviour} as {os.getpid()}", flush=True)
    match behaviour:
        case "serves":
            serve(int(arguments[0]))
        case "obeys":
            signal.pause()
        case "ignores":
            while True:
                signal.pause()
        case "crashes":
            sys.exit("this is why")


def serve(port):
    class Ready(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    HTTPServer.allow_reuse_address = True
    HTTPServer(("127.0.0.1", port), Ready).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
