#!/usr/bin/env bash
# Measures "mrkctl sim serve" as a process: how soon after its start it answers
# a call, and how much memory it holds when idle. Prints the median of RUNS
# starts (default 21).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Built as it is released.
(cd "$root" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -ldflags "-s -w" -o "$work/mrkctl" .)

python3 - "$work" "${RUNS:-21}" <<'PY'
import http.client, os, signal, statistics, subprocess, sys, time

work, runs = sys.argv[1], int(sys.argv[2])

def start(*more):
    """Starts a server; returns it, its start-up in ms, and its memory in MiB."""
    began = time.perf_counter()
    server = subprocess.Popen([f"{work}/mrkctl", "sim", "serve", "--listen", "127.0.0.1:0", *more],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = server.stdout.readline().strip().removeprefix("http://")
    calls = http.client.HTTPConnection(address)
    calls.request("POST", "/", b"{}", {"X-Amz-Target": "TrentService.ListKeys"})
    assert b"MissingAuthenticationToken" in calls.getresponse().read()
    took = (time.perf_counter() - began) * 1e3
    time.sleep(0.2)
    with open(f"/proc/{server.pid}/status") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
    began = time.perf_counter()
    server.send_signal(signal.SIGTERM)
    server.wait()
    return took, memory, (time.perf_counter() - began) * 1e3

for name, more in (("in memory", ()), ("with a state file", ("--state", f"{work}/world.db"))):
    found = [start(*more) for _ in range(runs)]
    took, memory, stop = (statistics.median(column) for column in zip(*found))
    print(f"{name}: first answer after {took:.1f} ms, {memory:.1f} MiB idle, stopped in {stop:.1f} ms")
PY
