import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildProgram } from '../../../app/cli/program.ts'
import { PushRequest } from '../../../main/api/models.ts'
import { commandOf, concretizeCommand, shellQuote } from '../../../main/buildcache/push/command.ts'

/** The words that a POSIX shell makes of a command line. */
function words(command: string): string[] {
  const text = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
  return text.split('\0').slice(0, -1)
}

/** What the command line understands of it: specs and options, before anything is done. */
function parse(argv: readonly string[]): { specs: string[]; options: Record<string, unknown> } {
  const program = buildProgram()
  const push = program.commands.find((command) => command.name() === 'push')
  let parsed = { specs: [] as string[], options: {} as Record<string, unknown> }
  push?.action((specs: string[], options: Record<string, unknown>) => {
    parsed = { specs, options }
  })
  program.parse([...argv.slice(1)], { from: 'user' })
  return parsed
}

it('quotes whatever a shell would take apart', () => {
  const odd = ["it's", 'a b', '$HOME', '', '*', 'x;y', '\\', '"', 'plain-1.0/x:y@z']
  expect(words(odd.map(shellQuote).join(' '))).toEqual(odd)
  expect(shellQuote('oci://host/me/cache')).toBe('oci://host/me/cache')
})

it.each([
  ['tools', 'tools'],
  ["/home/me/it's a b", "/home/me/it's a b"],
  ['/home/me/tools/spack.yaml', '/home/me/tools'],
  ['spack.yaml', '.'],
])('names the environment %s to Spack as %s', (given, folder) => {
  expect(words(concretizeCommand(given))).toEqual(['spack', '-e', folder, 'concretize'])
})

it('the printed command is read back as the same request', () => {
  // No NUL in an argument, and commander takes what begins with a dash for an option.
  const value = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((text) => !text.includes('\0') && !text.startsWith('-'))
  const optional = fc.option(value, { nil: undefined })
  const request = fc.record({
    spack: optional,
    sysroot: optional,
    environment: optional,
    to: value,
    packages: fc.array(value, { maxLength: 3 }),
    only: fc.constantFrom('all', 'package'),
    buildDependencies: fc.boolean(),
    baseImage: optional,
    tag: optional,
    updateIndex: fc.boolean(),
    force: fc.boolean(),
    private: fc.boolean(),
    allowMissing: fc.boolean(),
    failFast: fc.boolean(),
    jobs: fc.option(fc.integer({ min: 1, max: 512 }), { nil: undefined }),
    caFiles: fc.array(value, { maxLength: 2 }),
    insecure: fc.boolean(),
  })
  void fc.assert(
    fc.property(request, (asked) => {
      const { specs, options } = parse(words(commandOf(PushRequest.parse(asked))))
      expect({
        spack: options.spack,
        sysroot: options.sysroot,
        environment: options.env,
        to: options.to,
        packages: specs,
        only: options.only ?? 'all',
        buildDependencies: !options.withoutBuildDependencies,
        baseImage: options.baseImage,
        tag: options.tag,
        updateIndex: options.updateIndex ?? false,
        force: options.force ?? false,
        private: options.private ?? false,
        allowMissing: options.allowMissing ?? false,
        failFast: options.failFast ?? false,
        jobs: options.jobs === undefined ? undefined : Number(options.jobs),
        caFiles: options.caFile ?? [],
        insecure: options.insecure ?? false,
      }).toEqual(asked)
    }),
    { numRuns: 60 },
  )
})

it('credentials are named by their kind and never written out', () => {
  const login = PushRequest.parse({ to: 'x/y', credentials: { username: 'me', password: 'secret-1' } })
  expect(commandOf(login)).toBe('strata push --to x/y --username me --password-stdin')
  const token = PushRequest.parse({ to: 'x/y', credentials: { token: 'secret-2' } })
  expect(commandOf(token)).toBe('strata push --to x/y --token-stdin')
})
