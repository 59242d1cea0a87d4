"""A part of a stand-in stack; what it does is its first argument."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


def main(behaviour, *arguments):
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
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
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
