import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BaseSystem, baseSystem } from '../../main/image/base-system.ts'
import { libcName, runFindings } from '../../main/image/run-findings.ts'
import { summarizeLayer } from '../../main/image/summarize-layer.ts'
import { type RunPackage, willItRun } from '../../main/image/will-it-run.ts'
import { bufferSource } from '../../main/relocate/edits.ts'
import { type ElfReading, readElfFacts } from '../../main/relocate/elf-facts.ts'
import { missingProgram } from '../support/programs.ts'
import type { RawMember } from '../support/raw-tar.ts'
import { file, packageOf, prefixOf, summaryOf } from '../support/run-layers.ts'

/** What Strata says of a base image made of this machine's own files, and what its dynamic linker says itself. */

const run = promisify(execFile)
const noPerl = await missingProgram('perl')
const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
const skip =
  (await missingProgram('gcc')) ?? (architecture === undefined ? `${process.arch} is not looked at here` : undefined)

describe.skipIf(skip)(`programs of this machine${skip ? ` (skipped: ${skip})` : ''}`, () => {
  let folder = ''
  let program = ''
  let facts: ElfReading | undefined
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-runs-'))
    program = await compiled('hello', '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n')
    facts = readElfFacts(bufferSource(await readFile(program)))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function compiled(name: string, code: string, ...flags: readonly string[]): Promise<string> {
    const [source, output] = [join(folder, `${name}.c`), join(folder, name)]
    await writeFile(source, code)
    await run('gcc', ['-o', output, source, ...flags])
    return output
  }

  /** A `libc.so.6` of another age: a library that defines glibc's versions up to that of two symbols only. */
  async function oldLibc(): Promise<string> {
    const script = join(folder, 'versions.map')
    await writeFile(script, 'GLIBC_2.2.5 { global: first; local: *; };\nGLIBC_2.17 { global: second; } GLIBC_2.2.5;\n')
    const code = 'int first(void) { return 1; }\nint second(void) { return 2; }\n'
    const flags = ['-shared', '-fPIC', '-nostdlib', '-Wl,-soname,libc.so.6', `-Wl,--version-script=${script}`]
    return await compiled('libc.so.6', code, ...flags)
  }

  /** What these programs load, and the shell, as they lie here; some files taken from elsewhere. */
  async function machineBase(instead: Readonly<Record<string, string>> = {}): Promise<BaseSystem> {
    const { stdout } = await run('ldd', [program, '/bin/sh'])
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? [])
    const members: RawMember[] = []
    for (const path of new Set([...libraries, '/bin/sh', '/etc/os-release'])) {
      const content = await readFile(instead[basename(path)] ?? (await realpath(path)))
      members.push(file(path.slice(1), content))
    }
    const config = { architecture: architecture ?? '', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }
    return baseSystem({ architecture: config.architecture, config }, [await summaryOf(members)])
  }

  const packageHere = async (): Promise<RunPackage> =>
    packageOf('hello', [file('bin/hello', await readFile(program)), file('bin/script', '#!/bin/sh\nhello\n')])

  it('fit the machine’s own libc and shell', async () => {
    const base = await machineBase()
    const { stdout } = await run('getconf', ['GNU_LIBC_VERSION'])
    const minor = (name: string): number => Number(/^glibc 2\.(\d+)/.exec(name)?.[1])
    // By its symbols, which not every release adds to.
    expect([0, 1]).toContain(minor(stdout) - minor(libcName(base)))
    expect(runFindings(willItRun([await packageHere()], base), base)).toEqual([])
  })

  it('do not fit an older libc, which the dynamic linker refuses with the same words', async () => {
    const libc = await oldLibc()
    const base = await machineBase({ 'libc.so.6': libc })
    const needed = `GLIBC_${facts?.libc?.split(' ')[1]}`
    expect(runFindings(willItRun([await packageHere()], base), base)).toMatchObject([
      { severity: 'warning', message: `hello@1.0 (bin/hello) needs ${needed}, and the base has glibc 2.17` },
    ])
    const refused = await run(facts?.interpreter ?? '', ['--library-path', dirname(libc), program]).catch(
      ({ stderr }: { stderr: string }) => stderr,
    )
    expect(refused).toContain(`version \`${needed}' not found`)
  })

  it('find libraries as the dynamic linker does: by DT_RPATH, DT_RUNPATH and $ORIGIN', async () => {
    const library = await compiled(
      'libanswer.so.1',
      'int answer(void) { return 42; }\n',
      '-shared',
      '-Wl,-soname,libanswer.so.1',
    )
    const code = 'int answer(void);\nint main(void) { return answer() != 42; }\n'
    const base = await machineBase()
    for (const tags of ['--enable-new-dtags', '--disable-new-dtags']) {
      for (const path of [`/${prefixOf('answer')}/lib`, '$ORIGIN/../../answer-1.0/lib']) {
        const user = await compiled('user', code, library, `-Wl,${tags}`, `-Wl,-rpath,${path}`)
        const packages = [
          await packageOf('user', [file('bin/user', await readFile(user))], ['answer']),
          await packageOf('answer', [file('lib/libanswer.so.1', await readFile(library))]),
        ]
        expect(runFindings(willItRun(packages, base), base)).toEqual([])
        const alone = runFindings(willItRun(packages.slice(0, 1), base), base)
        expect(alone.map(({ message }) => message)).toEqual([
          'user@1.0 (bin/user) needs libanswer.so.1, which neither the packages nor the base have',
        ])
      }
    }
  })
})

describe.skipIf(noPerl)(`perl of this machine${noPerl ? ` (skipped: ${noPerl})` : ''}`, () => {
  it('finds the modules that are found for it, and no others', async () => {
    const { stdout: listed } = await run('perl', ['-e', 'print "$_\\n" for grep { -d } @INC'])
    const folders = await Promise.all(
      listed
        .trim()
        .split('\n')
        .map((folder) => realpath(folder)),
    )
    const tar = spawn('tar', ['-c', '-C', '/', ...folders.map((folder) => folder.slice(1))], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const base = await summarizeLayer(tar.stdout, () => join(tmpdir(), 'never'))
    expect(base).toMatchObject({ incomplete: undefined, modules: expect.any(Array) })

    const asked = ['strict', 'warnings', 'vars', 'POSIX', 'Exporter', 'Cwd', 'Config', 'Getopt::Std', 'No::Such']
    const find = 'for my $m (@ARGV) { (my $f = $m) =~ s{::}{/}g; print "$m\\n" if grep { -e "$_/$f.pm" } @INC }'
    const { stdout: found } = await run('perl', ['-e', find, ...asked])
    expect(found).toContain('strict')
    const script = file('bin/script', `#!/usr/bin/perl\n${asked.map((module) => `use ${module};\n`).join('')}`)
    const interpreter = await summaryOf([file('usr/bin/perl')])
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }
    const system = baseSystem({ architecture: 'amd64', config }, [interpreter, base])
    const [lack] = willItRun([await packageOf('demo', [script])], system).main
    const lacking = [...(lack?.by.values() ?? [])].flatMap(({ names }) => [...names])
    expect(asked.filter((module) => !lacking.includes(module))).toEqual(found.trim().split('\n'))
  })
})
