import { Button } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { useState } from 'react'
import type { NearPackage, Reason } from '../../../main/api/explain.ts'
import { formatCount, plural } from '../../../main/api/format.ts'
import { formatRoute } from '../../app/routes.ts'
import { Hash } from '../../ui/Hash.tsx'
import page from '../planning/page.module.css'
import { AdviceList } from './AdviceList.tsx'
import links from './explain.module.css'
import css from './near.module.css'
import { sideText, whatDiffers } from './words.ts'

const shownFirst = 5

/** A build that the cache has: what it is, in what it differs, and what may be done. */
export function NearBuild(props: { readonly near: NearPackage; readonly repository: string; readonly title?: string }) {
  const { near, repository, title } = props
  const [all, setAll] = useState(false)
  const shown = all ? near.reasons : near.reasons.slice(0, shownFirst)
  const untold = near.reasonCount - near.reasons.length
  return (
    <section className={css.near} aria-label={`${near.name} ${near.version} in the cache`}>
      <header>
        {title !== undefined && <h4>{title}</h4>}
        <span className={css.nearName}>
          {near.name} {near.version}
        </span>
        <Hash value={near.hash} />
        <a className={links.link} href={formatRoute({ screen: 'registries', repository, tag: near.tag })}>
          Open its tag
        </a>
      </header>
      <p className={css.spec}>{near.spec}</p>
      {shown.length > 0 && <Reasons reasons={shown} />}
      {near.reasons.length > shown.length && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
          Show all {formatCount(near.reasons.length)} differences
        </Button>
      )}
      {untold > 0 && shown.length === near.reasons.length && (
        <p className={page.note}>and {plural(untold, 'difference')} further away</p>
      )}
      {shown.length > 0 && <AdviceList advice={shown.flatMap((one) => one.advice)} />}
    </section>
  )
}

/** Where each difference lies, and its two sides. */
function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  return (
    <table className={css.reasons}>
      <thead>
        <tr>
          <th scope="col">What differs</th>
          <th scope="col">Wanted</th>
          <th scope="col">In the cache</th>
        </tr>
      </thead>
      <tbody>
        {reasons.map((reason) => (
          <tr key={reason.text}>
            <th scope="row">
              <Path reason={reason} />
              <p className={css.sentence}>{reason.text}.</p>
            </th>
            <td className={css.wanted}>{sideText(reason, reason.wanted)}</td>
            <td className={css.cached}>{sideText(reason, reason.cached)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** From the package down to the one that differs, and what of it does. */
function Path({ reason }: { reason: Reason }) {
  return (
    <ol className={css.path}>
      {reason.path.map((name) => (
        <li key={name}>
          <span>{name}</span>
          <IconArrowRight size={13} aria-hidden />
        </li>
      ))}
      <li className={css.what}>{whatDiffers(reason)}</li>
    </ol>
  )
}
