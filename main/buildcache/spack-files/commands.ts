import type { FileEditRequest, MirrorLogin, MirrorSettings } from '../../api/spack-files.ts'
import { assertNever } from '../../support/assert.ts'
import { environmentForSpack, shellQuote } from '../push/command.ts'

/** The command line that plans and writes the same. Secrets are read from standard input, never written out. */
export function strataCommand({ edit, environment, spack, scope }: FileEditRequest): string {
  const where = [
    ...(environment === undefined ? [] : ['--env', environment]),
    ...(spack === undefined ? [] : ['--spack', spack]),
    ...(scope === undefined ? [] : ['--scope', scope]),
  ]
  return ['strata', ...words(edit), ...where].map(shellQuote).join(' ')
}

function words(edit: FileEditRequest['edit']): readonly string[] {
  switch (edit.kind) {
    case 'create':
      return [
        'env',
        'create',
        ...(edit.place === 'folder' ? ['--dir', edit.name] : [edit.name]),
        ...edit.specs.flatMap((spec) => ['--add', spec]),
        ...(edit.view === false ? ['--without-view'] : edit.view === true ? [] : ['--with-view', edit.view]),
      ]
    case 'add-specs':
      return ['env', 'add', ...edit.specs]
    case 'remove-specs':
      return ['env', 'remove', ...edit.specs]
    case 'change-spec':
      return ['env', 'change', edit.from, edit.to]
    case 'set-view':
      return ['env', 'view', edit.view === true ? 'on' : edit.view === false ? 'off' : edit.view]
    case 'text':
      return ['env', 'edit', '--from', 'FILE']
    case 'set-padding':
      return ['padding', '--set', String(edit.length)]
    case 'add-mirror':
      return [
        'mirror',
        'add',
        edit.name,
        ...(edit.settings.url === undefined ? [] : [edit.settings.url]),
        ...mirrorOptions(edit.settings),
        ...(edit.only ? ['--only'] : []),
      ]
    case 'set-mirror': {
      const { url } = edit.settings
      return ['mirror', 'set', edit.name, ...(url === undefined ? [] : ['--url', url]), ...mirrorOptions(edit.settings)]
    }
    case 'remove-mirror':
      return ['mirror', 'remove', edit.name]
    case 'only-mirrors':
      return ['mirror', 'only', edit.only ? 'on' : 'off']
    case 'hide-secret':
      return edit.to === 'keychain'
        ? ['mirror', 'set', edit.name, '--keep-secret']
        : ['mirror', 'set', edit.name, '--hide-secret', edit.variable ?? '']
    default:
      return assertNever(edit)
  }
}

function mirrorOptions({ fetch, push, signed, autopush, source, binary, login }: MirrorSettings): readonly string[] {
  return [
    ...option('--fetch', fetch),
    ...option('--push', push),
    ...flag(signed, '--signed', '--unsigned'),
    ...flag(autopush, '--autopush', '--no-autopush'),
    ...(source === undefined || binary === undefined ? [] : typeOptions(source, binary)),
    ...(login === 'none' ? ['--no-login'] : login === undefined ? [] : loginOptions(login)),
  ]
}

function loginOptions({ id, idVariable, secret, secretVariable, tokenVariable }: MirrorLogin): readonly string[] {
  return [
    ...option('--username', id),
    ...option('--username-variable', idVariable),
    ...(secret === undefined ? [] : ['--password-stdin']),
    ...option('--password-variable', secretVariable),
    ...option('--token-variable', tokenVariable),
  ]
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value]
}

function flag(value: boolean | undefined, on: string, off: string): readonly string[] {
  return value === undefined ? [] : [value ? on : off]
}

function typeOptions(source: boolean, binary: boolean): readonly string[] {
  return [...(source ? ['--type', 'source'] : []), ...(binary ? ['--type', 'binary'] : [])]
}

/** What Spack itself would be asked; undefined where it has no command for it, or one that would show a secret. */
export function spackCommand(request: FileEditRequest, scope: string): string | undefined {
  const { edit, environment } = request
  const env = environment === undefined ? [] : ['-e', environmentForSpack(environment)]
  const own = scope.startsWith('env:') ? [] : ['--scope', scope]
  const command = (...rest: readonly string[]): string => ['spack', ...env, ...rest].map(shellQuote).join(' ')
  switch (edit.kind) {
    case 'create': {
      const view = edit.view === false ? ['--without-view'] : edit.view === true ? [] : ['--with-view', edit.view]
      const place = edit.place === 'folder' ? ['-d', edit.name] : [edit.name]
      const create = ['spack', 'env', 'create', ...view, ...place].map(shellQuote).join(' ')
      if (edit.specs.length === 0) return create
      return `${create} && ${['spack', '-e', edit.name, 'add', ...edit.specs].map(shellQuote).join(' ')}`
    }
    case 'add-specs':
      return command('add', ...edit.specs)
    case 'remove-specs':
      return command('remove', ...edit.specs)
    case 'set-view':
      return command(
        'env',
        'view',
        ...(edit.view === true ? ['enable'] : edit.view === false ? ['disable'] : ['enable', edit.view]),
      )
    case 'set-padding':
      return edit.length === 0
        ? command('config', ...own, 'rm', 'config:install_tree:padded_length')
        : command('config', ...own, 'add', `config:install_tree:padded_length:${edit.length}`)
    case 'add-mirror':
    case 'set-mirror': {
      const { settings, name } = edit
      const { login } = settings
      if (login === 'none' || login?.secret !== undefined) return undefined
      if (settings.fetch !== undefined || settings.push !== undefined) return undefined
      const url = settings.url
      if (edit.kind === 'add-mirror') {
        return edit.only || url === undefined
          ? undefined
          : command('mirror', 'add', ...own, ...spackOptions(settings, login), name, url)
      }
      return command(
        'mirror',
        'set',
        ...own,
        ...(url === undefined ? [] : ['--url', url]),
        ...spackOptions(settings, login),
        name,
      )
    }
    case 'remove-mirror':
      return command('mirror', 'remove', ...own, edit.name)
    case 'change-spec':
    case 'only-mirrors':
    case 'hide-secret':
    case 'text':
      return undefined
    default:
      return assertNever(edit)
  }
}

function spackOptions(
  { signed, autopush, source, binary }: MirrorSettings,
  login: MirrorLogin | undefined,
): readonly string[] {
  return [
    ...flag(signed, '--signed', '--unsigned'),
    ...flag(autopush, '--autopush', '--no-autopush'),
    ...(source === undefined || binary === undefined ? [] : typeOptions(source, binary)),
    ...option('--oci-username', login?.id),
    ...option('--oci-username-variable', login?.idVariable),
    ...option('--oci-password-variable', login?.secretVariable),
    ...option('--s3-access-token-variable', login?.tokenVariable),
  ]
}
