import { type Command, Option } from 'commander'
import { collect } from './values.ts'

/** What every command understands that works on one repository: whose mirrors may be named, and how to get in. */
export function addRepositoryOptions(command: Command): Command {
  return addAccessOptions(
    command
      .optionsGroup('Where it is:')
      .option('-e, --env <environment>', 'the environment whose mirror it is (default: $SPACK_ENV)')
      .option('--spack <dir>', 'the Spack installation whose mirror it is (default: $SPACK_ROOT, or found)'),
  )
}

/** How to get into a registry: who one is, and whom to trust. */
export function addAccessOptions(command: Command): Command {
  return command
    .option('--username <name>', 'log in; the password is asked for, or read from standard input')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(
      new Option('--token-stdin', "read a registry's token from standard input").conflicts([
        'username',
        'passwordStdin',
      ]),
    )
    .option('--ca-file <file>', 'trust the certificate authorities in this PEM file; repeatable', collect)
    .option('--insecure', 'accept any certificate')
}

/** Who one is at the target of a command that writes to another registry than it reads from. */
export function addTargetLoginOptions(command: Command): Command {
  return command
    .optionsGroup('Who we are at the target:')
    .option('--to-username <name>', 'log in there; the password is asked for, or read from standard input')
    .option('--to-password-stdin', 'read the password from standard input')
    .addOption(
      new Option('--to-token-stdin', "read that registry's token from standard input").conflicts([
        'toUsername',
        'toPasswordStdin',
      ]),
    )
}
