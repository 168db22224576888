import { Button } from '@mantine/core'
import { IconAlertTriangle, IconDownload, IconHelpCircle, IconListSearch, IconUpload } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { ConfiguredMirror, MirrorList } from '../../../main/api/spack-files.ts'
import { navigate, replaceRoute } from '../../app/use-route.ts'
import { FullPlace } from '../edits/PlaceName.tsx'
import type { OneEnvironment } from '../environments/room.ts'
import page from '../planning/page.module.css'
import { usePushDrafts } from '../push/drafts.ts'
import type { MirrorAct } from './MirrorDialog.tsx'
import css from './mirrors.module.css'

interface RowProps {
  readonly mirror: ConfiguredMirror
  readonly list: MirrorList
  readonly route: OneEnvironment
  readonly onAct: (act: MirrorAct) => void
}

/** One mirror: where it is, what for, who we are there, where it is set; and what can be done with it. */
export function MirrorRow({ mirror, list, route, onAct }: RowProps) {
  const { name, place, login, secretInFile, oci } = mirror
  const fixed = whyFixed(mirror, list)
  return (
    <li className={css.mirror} aria-label={name}>
      <div className={css.mirrorHead}>
        <h2 className={css.name}>{name}</h2>
        <span className={css.uses}>{usesOf(mirror)}</span>
        <div className={css.rowActions}>
          {fixed === undefined ? (
            <>
              <Button variant="default" onClick={() => onAct({ kind: 'change', mirror })}>
                Change…
              </Button>
              <Button variant="default" onClick={() => onAct({ kind: 'remove', mirror })}>
                Remove…
              </Button>
            </>
          ) : (
            <Button variant="default" title={fixed} onClick={() => onAct({ kind: 'add', from: mirror })}>
              Set anew…
            </Button>
          )}
        </div>
      </div>
      <dl className={css.facts}>
        <Addresses mirror={mirror} />
        <Fact name="Login">{login ?? <span className={page.note}>none in Spack’s configuration</span>}</Fact>
        {place && (
          <Fact name="Set in">
            <FullPlace place={place} />
            {fixed !== undefined && <span className={page.note}> · {fixed}</span>}
          </Fact>
        )}
      </dl>
      {secretInFile && <Secret mirror={mirror} list={list} onAct={onAct} />}
      {oci && <Ways mirror={mirror} route={route} />}
    </li>
  )
}

/** Why a mirror cannot be changed where it stands. */
function whyFixed({ place }: ConfiguredMirror, { scopes }: MirrorList): string | undefined {
  if (place === undefined) return undefined
  if (/^(_builtin|defaults)/.test(place.scope)) return 'comes with Spack'
  return scopes.find(({ scope }) => scope === place.scope)?.writable === false ? 'you may not write it' : undefined
}

function usesOf({ binary, source, signed, autopush, oci }: ConfiguredMirror): string {
  const what = binary && source ? 'binaries and sources' : binary ? 'binaries' : source ? 'sources' : 'nothing'
  const signature = !binary ? [] : signed === false ? ['not signed'] : oci ? [] : ['signed']
  return [what, ...signature, ...(autopush ? ['pushed to after each build'] : [])].join(' · ')
}

function Addresses({ mirror: { fetchUrl, pushUrl } }: { mirror: ConfiguredMirror }) {
  if (fetchUrl === pushUrl) {
    return (
      <Fact name="At">
        <span className={css.url}>{fetchUrl ?? 'no URL'}</span>
      </Fact>
    )
  }
  return (
    <>
      <Fact name="Reads from">
        <span className={css.url}>{fetchUrl ?? 'nowhere'}</span>
      </Fact>
      <Fact name="Pushes to">
        <span className={css.url}>{pushUrl ?? 'nowhere'}</span>
      </Fact>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** The warning of a password or a token that everyone who can read the file can use. */
function Secret({ mirror, list, onAct }: Omit<RowProps, 'route'>) {
  const { name, oci } = mirror
  return (
    <div className={css.secret}>
      <IconAlertTriangle size={16} role="img" aria-label="Warning" />
      <p>
        The secret of {name} stands in the file itself: everyone who can read the file can use it.
        {!list.loginVariables &&
          ` Spack ${list.spackVersion ?? ''} reads it from there alone; Strata can keep it, and push and install without Spack.`}
      </p>
      <div className={css.secretActions}>
        {list.loginVariables && (
          <Button variant="default" size="compact-sm" onClick={() => onAct({ kind: 'hide', mirror, to: 'variable' })}>
            Move to a variable…
          </Button>
        )}
        {oci && (
          <Button variant="default" size="compact-sm" onClick={() => onAct({ kind: 'hide', mirror, to: 'keychain' })}>
            Move to the keychain…
          </Button>
        )}
      </div>
    </div>
  )
}

/** What can be done with a build cache in a registry. */
function Ways({ mirror, route }: { mirror: ConfiguredMirror; route: OneEnvironment }) {
  const { name, fetchUrl, pushUrl } = mirror
  const { ref } = route
  const from = fetchUrl ?? pushUrl ?? ''

  function push(): void {
    usePushDrafts.getState().change(ref, { to: name })
    navigate({ screen: 'push', ref })
  }

  return (
    <div className={css.ways}>
      <Way icon={IconListSearch} onClick={() => navigate({ screen: 'registries', repository: from })}>
        Browse
      </Way>
      {pushUrl !== undefined && (
        <Way icon={IconUpload} onClick={push}>
          Push…
        </Way>
      )}
      {fetchUrl !== undefined && (
        <Way icon={IconDownload} onClick={() => navigate({ screen: 'install', from, ref })}>
          Install…
        </Way>
      )}
      <Way icon={IconHelpCircle} onClick={() => replaceRoute({ ...route, view: 'cache' })}>
        Why is it not used?
      </Way>
    </div>
  )
}

function Way(props: { icon: typeof IconUpload; onClick: () => void; children: string }) {
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<props.icon size={15} aria-hidden />}
      onClick={props.onClick}
    >
      {props.children}
    </Button>
  )
}
