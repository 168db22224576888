#!/usr/bin/env python3
"""Cut the sample out of a real Spack: a few packages of an installed, locked environment.

usage: make.py SPACK_ROOT PADDED_STORE ENV_DIR OUT.tar.gz NAME...

The archive is rooted at `/`: unpacked into a folder S it is what `strata --sysroot S` reads. It holds the named
packages' prefixes byte for byte (modes, links and hard links included), the store's database cut down to them (with
`ref_count` counted anew), a named environment `sample` with the roots among them, and the site configuration that
says how long the store is padded.
"""
import gzip
import io
import json
import os
import sys
import tarfile

spack_root, store, env_dir, out, *names = sys.argv[1:]
database = json.load(open(os.path.join(store, ".spack-db/index.json")))
installs = database["database"]["installs"]
keep = {h: r for h, r in installs.items() if r["spec"]["name"] in names}
for record in keep.values():
    record["ref_count"] = 0
for record in keep.values():
    for dependency in record["spec"].get("dependencies", []):
        keep[dependency["hash"]]["ref_count"] += 1
database["database"]["installs"] = keep

lock = json.load(open(os.path.join(env_dir, "spack.lock")))
lock["roots"] = [r for r in lock["roots"] if r["hash"] in keep]
lock["concrete_specs"] = {h: s for h, s in lock["concrete_specs"].items() if h in keep}
specs = "".join("  - {}\n".format(r["spec"].split("@")[0].split()[0]) for r in lock["roots"])
environment = os.path.join(spack_root, "var/spack/environments/sample")
files = {
    os.path.join(store, ".spack-db/index.json"): json.dumps(database, separators=(",", ":")),
    os.path.join(store, ".spack-db/index_verifier"): "5a3f1e9c0d7b4c52a1e86f20b94d7c11",
    os.path.join(environment, "spack.lock"): json.dumps(lock),
    os.path.join(environment, "spack.yaml"): "# A few packages that a real Spack 0.22.5 built.\nspack:\n  specs:\n"
    + specs + "  view: false\n  concretizer:\n    unify: true\n",
    os.path.join(spack_root, "etc/spack/config.yaml"): "config:\n  install_tree:\n    padded_length: 128\n",
}


def plain(info):
    info.mtime = info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


with open(out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed, \
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
    for record in sorted(keep.values(), key=lambda r: r["path"]):
        for folder, folders, entries in os.walk(record["path"]):
            folders.sort()
            tar.add(folder, folder[1:], recursive=False, filter=plain)
            for entry in sorted(entries + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
                path = os.path.join(folder, entry)
                tar.add(path, path[1:], recursive=False, filter=plain)
    for path, text in files.items():
        info = tarfile.TarInfo(path[1:])
        info.size = len(text.encode())
        info.mode = 0o644
        tar.addfile(info, io.BytesIO(text.encode()))
