// SPDX-License-Identifier: Apache-2.0
/** The help text of `lamplight simulate`, for the verb and for the front door. */
export const SIMULATE_USAGE = `simulate --credentials FILE [--broker URL] [--gateway NAME] [--seed N] [--rate N] [--clock-origin REALMS:WARDMS]
           [--recording DIR [--record NAME] [--device HANDLE] [--once]] [--fault HANDLE=FAULTS]...

  --credentials FILE  devices to play: JSON { "devices": [{ "handle", "secret", "kind": "senml" | "nonin-df2", "intervalMs", "port" }] }
  --broker URL        mqtt://host:port (default mqtt://127.0.0.1:1883)
  --gateway NAME      name of the gateway in the topics (default demo)
  --seed N            of the synthetic patients and of the faults (default 1)
  --rate N            ward seconds in a real second (default 1)
  --clock-origin O    ward clock shared with the gateway: at REALMS real ms since 1970 it shows WARDMS
  --recording DIR     replay a recorded patient (WFDB) instead of the synthetic ward; --record NAME chooses one
  --device HANDLE     the wearable that replays it (default: the first of the file)
  --once              stop after the last row and say what was sent; without --rate as fast as the broker acknowledges,
                      with times that end now
  --fault H=FAULTS    of one device: drop:0.1,delay:500,duplicate:0.1,reorder:0.1,corrupt:0.1,unplug:60000/5000,drift:50

Prints JSON lines. Exit codes: 0 done (with --once: everything was acknowledged), 1 refused or not acknowledged, 2 wrong use.`;
