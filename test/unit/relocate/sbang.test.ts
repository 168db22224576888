import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { longShebang, sbangPathFits, sbangScript, shebangLimit } from '../../../main/relocate/sbang.ts'

const sbang = '/store/bin/sbang'
const deep = `/store/${'deep/'.repeat(30)}bin`

function changed(script: string): string | undefined {
  const head = Buffer.from(script)
  const change = longShebang(head, sbang)
  return change && Buffer.concat([change.bytes, head.subarray(change.replaces)]).toString()
}

describe('a shebang', () => {
  test('is put behind sbang when the line with its newline is longer than 127 bytes', () => {
    const line = (length: number) => `#!/${'x'.repeat(length - 4)}\n`
    expect(changed(`${line(127)}rest`)).toBeUndefined()
    expect(changed(`${line(128)}rest`)).toBe(`#!/bin/sh ${sbang}\n${line(128)}rest`)
  })

  test.each([
    ['perl', '#!', ''],
    ['lua', '--!', ''],
    ['luajit', '--!', ''],
    ['node', '//!', ''],
  ])('of %s becomes a comment of its language', (program, mark) => {
    expect(changed(`#!${deep}/${program} -x\nrest\n`)).toBe(`#!/bin/sh ${sbang}\n${mark}${deep}/${program} -x\nrest\n`)
  })

  test('of php is closed where Spack closes it', () => {
    expect(changed(`#!${deep}/php\n<?php echo 1;`)).toBe(`#!/bin/sh ${sbang}\n<?php #!${deep}/php\n ?><?php echo 1;`)
  })

  test('may end with the file', () => {
    expect(changed(`#!${deep}/sh`)).toBe(`#!/bin/sh ${sbang}\n#!${deep}/sh`)
  })

  test('stays where there is none, no end of it, or no interpreter', () => {
    expect(changed(`${deep}\n`)).toBeUndefined()
    expect(changed(`#!${' '.repeat(200)}\n`)).toBeUndefined()
    expect(changed(`#!/${'x'.repeat(shebangLimit)}\n`)).toBeUndefined()
  })

  test('stays when it calls this sbang already, however long its path is', () => {
    const long = `${deep}/sbang`
    expect(longShebang(Buffer.from(`#!/bin/sh ${long}\n#!${deep}/sh\n`), long)).toBeUndefined()
  })
})

test('an sbang that could not be called itself is known', () => {
  expect(sbangPathFits(`/${'x'.repeat(126)}`)).toBe(true)
  expect(sbangPathFits(`/${'x'.repeat(127)}`)).toBe(false)
})

describe('the script', () => {
  let folder: string
  let bin: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-sbang-'))
    bin = join(folder, 'a folder'.replace(' ', '-'), 'x'.repeat(150))
    await mkdir(bin, { recursive: true })
    await writeFile(join(folder, 'sbang'), sbangScript, { mode: 0o755 })
    // Stands for every interpreter: says how it was called.
    await writeFile(join(bin, 'teller'), '#!/bin/sh\nprintf "[%s]" "$(basename "$0")" "$@"\n', { mode: 0o755 })
    for (const name of ['perl', 'ruby', 'node', 'lua', 'php', 'python3']) await symlink('teller', join(bin, name))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function call(content: string, ...args: string[]): Promise<string> {
    const script = join(folder, 'script')
    await writeFile(script, content, { mode: 0o755 })
    const { stdout } = await promisify(execFile)(join(folder, 'sbang'), [script, ...args])
    return stdout.replaceAll(script, 'SCRIPT')
  }

  /** A script as it looks after its shebang was put behind sbang. */
  const wrapped = (line: string): string => {
    const change = longShebang(Buffer.from(line), join(folder, 'sbang'))
    return change?.bytes.toString() ?? line
  }

  test.each([
    ['python3', '[python3][SCRIPT][a b][c]'],
    ['python3 -u -B', '[python3][-u][-B][SCRIPT][a b][c]'],
    ['perl -w', '[perl][-w][-x][SCRIPT][a b][c]'],
    ['ruby', '[ruby][-x][SCRIPT][a b][c]'],
    ['node', '[node][SCRIPT][a b][c]'],
    ['lua', '[lua][SCRIPT][a b][c]'],
    ['php', '[php][SCRIPT][a b][c]'],
  ])('calls %s with the arguments of its line and of the user', async (line, heard) => {
    expect(await call(wrapped(`#!${bin}/${line}\n`), 'a b', 'c')).toBe(heard)
  })

  test('takes the interpreter from a last line without newline', async () => {
    expect(await call(`#!/bin/sh ${folder}/sbang\n#!${bin}/python3`)).toBe('[python3][SCRIPT]')
  })

  test('does not expand a star in the line', async () => {
    expect(await call(`#!/bin/sh ${folder}/sbang\n#!${bin}/python3 /*\n`)).toBe('[python3][/*][SCRIPT]')
  })

  test('runs a real program', async () => {
    const shebang = wrapped(`#!${'/'.repeat(150)}bin/sh -e\n`)
    expect(await call(`${shebang}echo "$1"\n`, 'hello')).toBe('hello\n')
  })

  test('refuses to call itself for ever', async () => {
    await expect(call(`#!/bin/sh ${folder}/sbang\necho no interpreter\n`)).rejects.toThrow(
      'names sbang as its own interpreter',
    )
    await expect(call(`#!/bin/sh ${folder}/sbang\n#!${folder}/sbang\n`)).rejects.toThrow(
      'names sbang as its own interpreter',
    )
  })

  test('says what is wrong with what it is given', async () => {
    const sbangFile = join(folder, 'sbang')
    await expect(promisify(execFile)(sbangFile, [])).rejects.toThrow('which script?')
    await expect(promisify(execFile)(sbangFile, [join(folder, 'gone')])).rejects.toThrow('no such file')
    await expect(call('echo\necho\n')).rejects.toThrow('no interpreter')
  })
})
