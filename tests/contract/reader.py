"""A worker of a group in a process of its own: prints the partition of each message it reads, until killed."""

from __future__ import annotations

import sys

from pipeline.wiring import open_system


def main(group: str, topic: str) -> None:
    with open_system() as system:
        consumer = system.bus.consumer(group, [topic], lambda _topic, _partition: 0)
        print("ready", flush=True)
        while True:
            for message in consumer.poll(messages=100, size=1_000_000, wait=1.0):
                print(message.place.partition, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
