"""`wordvectors disk`: what takes up space."""

from __future__ import annotations

from dataclasses import asdict

from wordvectors.cli.output import AsJson, CommandError, console, errors, print_json, show_table
from wordvectors.cli.target import Connect, Target, takes_deployment
from wordvectors.figures import moment_of_seconds, size


@takes_deployment
def disk(deployment: Connect, as_json: AsJson = False) -> None:
    """Show what takes up space: in the bucket, in the local cloud's folder, and in the cache of models.

    WORDVECTORS_CACHE_GB sets the cache's limit in GB (10 by default); the least recently used models are removed.
    """
    from wordvectors.client import cache, room
    from wordvectors.client.home import cache as cache_folder
    from wordvectors.client.home import wordvectors_home

    try:
        bucket = room.of_bucket(deployment())
    except CommandError as unreachable:
        errors.warn(f"The bucket was not looked at: {'; '.join([unreachable.title, *unreachable.faults])}")
        bucket = {}
    home = wordvectors_home() / "local" if deployment.target is Target.LOCAL else None
    of_home = room.of_folder(home) if home else {}
    kept, most = cache.kept(), cache.most_bytes()
    if as_json:
        print_json({
            "bucket": {name: asdict(folder) for name, folder in bucket.items()},
            "local_cloud": of_home,
            "cache": [asdict(each) for each in kept],
            "cache_most_bytes": most,
        })  # fmt: skip
        return
    if bucket:
        rows = [
            [name, f"{each.objects:,}", size(each.bytes), f"{each.old_objects:,}", size(each.old_bytes)]
            for name, each in bucket.items()
        ]
        console.say(
            "In the bucket. Versions that were replaced or deleted go after 30 days, of checkpoints after one:\n"
        )
        show_table(["FOLDER", "OBJECTS", "SIZE", "OLD VERSIONS", "SIZE"], rows, right=(1, 2, 3, 4))
        console.show()
    if home and of_home:
        console.say(f"The local cloud's folder, {home}, {size(sum(of_home.values()))}:\n")
        show_table(["ENTRY", "SIZE"], [[name, size(count)] for name, count in of_home.items()], right=(1,))
        console.show()
    total = sum(each.bytes for each in kept)
    console.say(f"The cache, {cache_folder()}: {size(total)} of at most {size(most)}.")
    if kept:
        console.show()
        show_table(
            ["MODEL OR REPORT", "SIZE", "LAST USED"],
            [[each.path.name, size(each.bytes), moment_of_seconds(each.used_at)] for each in reversed(kept)],
            right=(1,),
        )
