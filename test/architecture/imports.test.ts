import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const checkout = resolve(import.meta.dirname, '../..')
const config = '.dependency-cruiser.cjs'
const rules = createRequire(import.meta.url)(join(checkout, config)) as { forbidden: { name: string }[] }

interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
}

/** Runs dependency-cruiser with our rules as `npm run check` does, in `folder`. */
async function cruise(folder: string): Promise<Violation[]> {
  const program = join(checkout, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [program, 'app', 'main', 'renderer', '--config', config, '--output-type', 'json']
  // It exits with the number of violations; the report is on stdout all the same.
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    maxBuffer: 64 * 1024 ** 2,
  }).catch((failed: { stdout: string }) => failed)
  const report = JSON.parse(stdout) as {
    summary: { violations: { from: string; to: string; rule: { name: string } }[] }
  }
  return report.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
}

it('finds nothing in the project that breaks the import rules', { timeout: 60_000 }, async () => {
  expect(await cruise(checkout)).toEqual([])
})

/** For each rule a file that breaks it, and what that file imports. */
const offences: readonly { rule: string; from: string; imports: string }[] = [
  { rule: 'no-circles', from: 'main/jobs/a.ts', imports: './b.ts' },
  { rule: 'no-unresolved', from: 'main/jobs/c.ts', imports: './gone.ts' },
  { rule: 'renderer-imports-api-only', from: 'renderer/client.ts', imports: '../main/jobs/job.ts' },
  { rule: 'renderer-imports-api-only', from: 'renderer/page.ts', imports: '../app/compose.ts' },
  { rule: 'renderer-runs-in-a-browser', from: 'renderer/files.ts', imports: 'node:fs' },
  { rule: 'main-knows-no-shell', from: 'main/engine.ts', imports: '../app/compose.ts' },
  { rule: 'electron-in-app-electron-only', from: 'app/server/serve.ts', imports: 'electron' },
  { rule: 'electron-in-app-electron-only', from: 'main/store/safe.ts', imports: 'electron' },
  { rule: 'app-imports-no-renderer', from: 'app/cli/main.ts', imports: '../../renderer/model.ts' },
  { rule: 'api-imports-zod-only', from: 'main/api/models.ts', imports: 'node:path' },
  { rule: 'api-imports-zod-only', from: 'main/api/contract.ts', imports: '../jobs/job.ts' },
  { rule: 'relocate-without-file-system', from: 'main/relocate/elf.ts', imports: 'node:fs/promises' },
  { rule: 'spack-knows-no-registry', from: 'main/spack/mirror.ts', imports: '../registry/reference.ts' },
  { rule: 'registry-knows-no-spack', from: 'main/registry/tags.ts', imports: '../spack/spec.ts' },
  { rule: 'support-stays-small', from: 'main/support/paths.ts', imports: '../jobs/job.ts' },
]

/** What is allowed, so that a rule that forbids too much is found as well. */
const allowed: readonly { from: string; imports: string }[] = [
  { from: 'main/jobs/b.ts', imports: './a.ts' },
  { from: 'renderer/allowed.ts', imports: '../main/api/errors.ts' },
  { from: 'main/api/errors.ts', imports: 'zod' },
  { from: 'app/electron/window.ts', imports: 'electron' },
  { from: 'app/electron/main.ts', imports: '../compose.ts' },
  { from: 'main/relocate/text.ts', imports: 'node:buffer' },
  { from: 'main/buildcache/push.ts', imports: '../spack/spec.ts' },
  { from: 'main/buildcache/pull.ts', imports: '../registry/reference.ts' },
  { from: 'main/support/errors.ts', imports: '../api/errors.ts' },
]

const bystanders = [
  'app/compose.ts',
  'main/jobs/job.ts',
  'main/registry/reference.ts',
  'main/spack/spec.ts',
  'renderer/model.ts',
]

describe('each import rule', () => {
  let tree: string
  let found: Violation[]

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'strata-imports-'))
    await cp(join(checkout, config), join(tree, config))
    await symlink(join(checkout, 'node_modules'), join(tree, 'node_modules'))
    await writeFile(join(tree, 'package.json'), '{"type":"module"}')
    for (const path of bystanders) await write(path, 'export const here = true\n')
    // A type import: the rules hold for those too.
    for (const { from, imports } of [...offences, ...allowed]) {
      await write(from, `import type * as other from '${imports}'\nexport type Other = typeof other\n`)
    }
    found = await cruise(tree)
  })
  afterAll(() => rm(tree, { recursive: true, force: true }))

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), text)
  }

  it.each(offences)('$rule refuses $from → $imports', ({ rule, from }) => {
    expect(found.filter((violation) => violation.rule === rule).map((violation) => violation.from)).toContain(from)
  })

  it('is broken by a file above: none is there for show', () => {
    const proven = new Set(offences.map(({ rule }) => rule))
    expect(rules.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([])
  })

  it('refuses nothing that the plan of the house allows', () => {
    const innocent = new Set(allowed.map(({ from }) => from).filter((from) => from !== 'main/jobs/b.ts'))
    expect(found.filter(({ from }) => innocent.has(from))).toEqual([])
  })
})
