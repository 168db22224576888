/** Frames the answer on standard output: recipes and Spack itself may print as they please. */
export const sentinel = '--strata-answer--'

/** What `spack python -c` runs: one simple statement a line is all it takes, so the script itself comes on stdin. */
export const bootstrap =
  'import json, sys; request = json.load(sys.stdin); exec(request["script"], {"request": request})'

/**
 * Evaluated by the user's own Spack (0.21 to 1.x). Request: `{lists: [[hash]]}`. Answer:
 * `{modifications: [[[op, name, value, separator]] | null], redistributable: {hash: bool | null}}`.
 *
 * The environment is that of `environment_modifications_for_specs(*specs)`, as with `spack buildcache push`. Setting the
 * recipes' globals (compilers, build tools) takes most of its time, and what a package sets at run time hardly ever needs
 * them: it is tried without, and with them when a recipe fails. One broken recipe costs its own answer only.
 */
export const script = `
import json, os, sys
import spack.store
import spack.user_environment as user_environment

OPS = {
    "SetEnv": "set", "SetPath": "set", "UnsetEnv": "unset",
    "PrependPath": "prepend", "AppendPath": "append", "AppendFlagsEnv": "append",
    "RemovePath": "remove", "RemoveFirstPath": "remove", "RemoveLastPath": "remove", "RemoveFlagsEnv": "remove",
}
PATHS = ("PrependPath", "AppendPath", "RemovePath", "RemoveFirstPath", "RemoveLastPath")

def plain(modification):
    kind = type(modification).__name__
    separator = getattr(modification, "separator", None) or os.pathsep
    value = getattr(modification, "value", "")
    value = separator.join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    if kind in PATHS:
        value = os.path.normpath(value)
    return [OPS[kind], modification.name, value, separator]

def modifications(specs):
    try:
        found = user_environment.environment_modifications_for_specs(*specs, set_package_py_globals=False)
    except Exception:
        found = user_environment.environment_modifications_for_specs(*specs)
    return [plain(one) for one in found.env_modifications if type(one).__name__ in OPS]

def redistributable(spec):
    package = spec.package
    return bool(getattr(package, "redistribute_binary", True))

def attempt(function, argument):
    try:
        return function(argument)
    except Exception as error:
        sys.stderr.write("%s: %s\\n" % (type(error).__name__, error))
        return None

def answer(lists):
    database = spack.store.STORE.db if hasattr(spack.store, "STORE") else spack.store.db
    with database.read_transaction():
        specs = {}
        for hash in set(hash for hashes in lists for hash in hashes):
            record = database.query_by_spec_hash(hash)[1]
            if record is not None:
                specs[hash] = record.spec
        known = [all(hash in specs for hash in hashes) for hashes in lists]
        return {
            "modifications": [
                attempt(modifications, [specs[hash] for hash in hashes]) if complete else None
                for hashes, complete in zip(lists, known)
            ],
            "redistributable": {hash: attempt(redistributable, spec) for hash, spec in specs.items()},
        }

text = json.dumps(answer(request["lists"]))
sys.stdout.write("\\n${sentinel}" + text + "${sentinel}\\n")
sys.stdout.flush()
`
