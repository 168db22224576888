/**
 * Longer shebang lines, newline included, are run through `sbang`: Linux cuts them off there (Spack's
 * `system_shebang_limit`; macOS would take 511).
 */
const systemLimit = 127

/** Spack looks for the end of the line in so many bytes; a longer one is left as it is. */
export const shebangLimit = 4096

/** What to put in place of the first bytes of a script. */
export interface ShebangChange {
  /** How many bytes it replaces: the old first line with its newline. */
  readonly replaces: number
  readonly bytes: Buffer
}

/**
 * Puts `#!/bin/sh <sbang>` before a shebang that is too long for the system, and turns the old one into a comment of the
 * language where `#!` is none (Spack's `filter_shebang`). `head` is the beginning of the script: the whole of it or
 * at least `shebangLimit` bytes. Undefined where the script stays as it is. Spack asks this only of files that somebody may
 * execute.
 */
export function longShebang(head: Buffer, sbangPath: string): ShebangChange | undefined {
  if (head.length < 2 || head[0] !== 0x23 || head[1] !== 0x21) return undefined
  const newline = head.subarray(0, shebangLimit).indexOf('\n')
  if (newline === -1 && head.length >= shebangLimit) return undefined
  const old = newline === -1 ? head : head.subarray(0, newline + 1)
  const line = `#!/bin/sh ${sbangPath}\n`
  const interpreter = /^#![ \t]*([^ \t\0\n]+)/.exec(old.toString('latin1'))?.[1]
  if (old.length <= systemLimit || interpreter === undefined || old.equals(Buffer.from(line))) return undefined
  return { replaces: old.length, bytes: Buffer.concat([Buffer.from(line), secondLine(old, interpreter)]) }
}

function secondLine(old: Buffer, interpreter: string): Buffer {
  if (/\/lua(jit)?$/.test(interpreter)) return Buffer.concat([Buffer.from('--!'), old.subarray(2)])
  if (interpreter.endsWith('/node')) return Buffer.concat([Buffer.from('//!'), old.subarray(2)])
  if (interpreter.endsWith('/php')) return Buffer.concat([Buffer.from('<?php '), old, Buffer.from(' ?>')])
  return old
}

/** Whether `sbang` can be called from a shebang there: its own line must not be too long. Spack measures the path alone. */
export function sbangPathFits(sbangPath: string): boolean {
  return Buffer.byteLength(sbangPath) <= systemLimit
}

/**
 * The script for a store that has none, at `<unpadded root>/bin/sbang`, mode 0755. It understands what Spack's own does: the
 * interpreter is named in the first two lines of the script behind `#!`, `//!`, `--!` or `<?php #!`, is called with
 * its arguments and the script, and perl and ruby with `-x`, so that they skip to their own line. SBANG_DEBUG prints the call.
 */
export const sbangScript = `#!/bin/sh
# sbang: runs a script whose real interpreter is named on its second line, because the path is too long for a first line.
#
#     #!/bin/sh /store/bin/sbang
#     #!/a/very/long/path/to/an/interpreter with arguments
#
# Written by Strata in place of the script of this name that Spack puts here; Spack may replace it with its own.

fail() {
    echo "sbang: $*" >&2
    exit 1
}

script=$1
[ -n "$script" ] || fail "which script? (usage: sbang SCRIPT [ARGUMENT...])"
[ -f "$script" ] || fail "$script: no such file"

call=
number=0
while [ "$number" -lt 2 ]; do
    line=
    IFS= read -r line || [ -n "$line" ] || break
    number=$((number + 1))
    case $line in
    '#!'*) call=\${line#'#!'} ;;
    '//!'*) call=\${line#'//!'} ;;
    '--!'*) call=\${line#'--!'} ;;
    '<?php #!'*)
        call=\${line#'<?php #!'}
        call=\${call%' ?>'}
        ;;
    esac
done <"$script"
[ -n "$call" ] || fail "$script: no interpreter on its first two lines"

set -f
read -r program first rest <<END
$call
END
case \${program##*/}:\${first##*/} in
sbang:* | *:sbang) fail "$script: names sbang as its own interpreter" ;;
esac
[ "$program" = /usr/bin/env ] && program=$first
case \${program##*/} in
perl | ruby) skip=-x ;;
*) skip= ;;
esac

# The arguments of the line are separate words, as a shell would read them.
if [ -n "$SBANG_DEBUG" ]; then
    # shellcheck disable=SC2086
    echo $call $skip "$@"
else
    # shellcheck disable=SC2086
    exec $call $skip "$@"
fi
`
