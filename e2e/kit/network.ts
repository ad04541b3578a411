import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * A network of its own (namespaces(7)) with loopback, and whatever else it joins; nothing outside sees it. Only root can
 * make one. It is gone with the last process in it.
 */
export class Network {
  /** The words before a command by which it runs inside. */
  readonly inside: readonly [string, ...string[]]
  readonly #keeper: ChildProcess

  static async open(): Promise<Network> {
    // It stays until its input ends, which is with us.
    const keeper = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && echo up && exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [said] = (await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')])) as [Buffer | number]
    if (!Buffer.isBuffer(said)) throw new Error('no network of its own: this needs root, and iproute2')
    return new Network(keeper)
  }

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper
    this.inside = ['nsenter', `--net=/proc/${keeper.pid}/ns/net`, '--']
  }

  /** As a cable that is plugged in; its other end is nobody's. */
  join(address: string): void {
    this.#ip('link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'far')
    this.#ip('address', 'add', `${address}/24`, 'dev', 'cable')
    for (const end of ['cable', 'far']) this.#ip('link', 'set', end, 'up')
  }

  leave(): void {
    this.#ip('link', 'delete', 'cable')
  }

  /** The text of an answer that only who is inside can ask for. */
  async get(url: string): Promise<string> {
    const [program, ...words] = this.inside
    const script = 'process.stdout.write(await (await fetch(process.argv[1])).text())'
    const { stdout } = await run(program, [...words, process.execPath, '--input-type=module', '-e', script, url])
    return stdout
  }

  close(): void {
    this.#keeper.stdin?.end()
  }

  #ip(...words: readonly string[]): void {
    const [program, ...before] = this.inside
    execFileSync(program, [...before, 'ip', ...words])
  }
}
