import type { ReactNode } from 'react'

type Props = {
  readonly title: string
  readonly about: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of a console page: its title, and what it is about. */
export function Page({ title, about, actions, children }: Props) {
  return (
    <>
      <header className="mb-4 flex flex-wrap items-center gap-3">
        <div className="min-w-0 flex-1 basis-56">
          <h1 className="text-xl font-semibold">{title}</h1>
          <p className="text-pretty text-soft">{about}</p>
        </div>
        {actions}
      </header>
      {children}
    </>
  )
}
