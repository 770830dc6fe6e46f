"""kill -9 at 20 random moments of a run with several shards, each followed by --resume."""
import random
import shutil
import signal
import subprocess
import time

from common import WORK, check, done, helpers, needs, real_list, timed

needs("captions.txt.zst", "metadata_500k.json.zst")
_, compiled = real_list()
lines = helpers.unpacked("captions.txt.zst").splitlines(keepends=True)
pool = WORK / "pool"
pool.mkdir()
for i in range(12):
    helpers.write(pool / f"{i:02}.txt", b"".join(lines[len(lines) * i // 12 : len(lines) * (i + 1) // 12]))


def arguments(out, *options):
    return ["curate", "-m", compiled, "--format", "text", "-t", "100", "-j", "1", *options, "-o", out, pool]


seconds, _ = timed(*arguments(WORK / "whole"))
whole = helpers.files(WORK / "whole")
rng, killed, same, resumed = random.Random(6), 0, 0, 0
out = WORK / "out"
for _ in range(20):
    shutil.rmtree(out, ignore_errors=True)
    running = subprocess.Popen(helpers.command(*arguments(out)), stderr=subprocess.DEVNULL)
    time.sleep(rng.uniform(0.02, seconds))
    running.kill()
    killed += running.wait() == -signal.SIGKILL
    resumed += len(list(out.glob("matches/*.mcm"))) > 0
    timed(*arguments(out, "--resume"))
    same += helpers.files(out) == whole
check(same == 20, f"{killed} of 20 runs killed within {seconds:.1f} s, {resumed} with shards done; {same} equal")
done()
