import type pg from 'pg';
import * as z from 'zod';
import type { ReplayContext } from '../../lambdas/lifecycle/replay/drive.ts';
import { asOnlyReplay } from '../../lambdas/lifecycle/replay/lock.ts';
import { rebuild } from '../../lambdas/lifecycle/replay/rebuild.ts';
import { countInScope, type ReplayScope } from '../../lambdas/lifecycle/replay/requests.ts';
import { compareInScope, mendInScope } from '../../lambdas/lifecycle/replay/scope.ts';
import { ReplaySurvey } from '../../lambdas/lifecycle/replay/survey.ts';
import type { Logger } from '../../lambdas/platform/log.ts';
import { readStatement } from '../../lambdas/platform/statement.ts';
import { agreesTo } from '../agreement.ts';
import { CommandFailure, EXIT, printable } from '../failure.ts';
import { ReplayProgress } from './progress.ts';
import { surveyJson, surveyTable } from './report.ts';
import type { ReplaySettings } from './settings.ts';

const findTenant = readStatement('replay/find_tenant');
const knownRow = z.object({ is_known: z.boolean() });

/** One replay, from the arguments to the report. */
export class ReplayRun {
  readonly #settings: ReplaySettings;
  readonly #pool: pg.Pool;
  readonly #progress: ReplayProgress;
  readonly #context: ReplayContext;

  constructor(settings: ReplaySettings, pool: pg.Pool, stop: AbortSignal) {
    this.#settings = settings;
    this.#pool = pool;
    this.#progress = new ReplayProgress(process.stderr, settings.quiet);
    this.#context = {
      pool,
      logger: warningsOnly((sentence) => this.#progress.say(sentence)),
      workers: settings.workers,
      stop,
      onProgress: (events) => this.#progress.add(events),
    };
  }

  /** @returns the exit status */
  async execute(): Promise<number> {
    await this.#checkTenant();
    try {
      switch (this.#settings.mode) {
        case 'diff':
          return await this.#diff();
        case 'mend':
          return await asOnlyReplay(this.#pool, () => this.#mend());
        case 'rebuild':
          return await asOnlyReplay(this.#pool, () => this.#rebuild(this.#settings.scope.tenantIds));
      }
    } finally {
      this.#progress.end();
    }
  }

  async #checkTenant(): Promise<void> {
    const [tenant] = this.#settings.scope.tenantIds ?? [];
    if (tenant === undefined) return;
    const { rows } = await this.#pool.query(findTenant, [tenant]);
    if (!knownRow.parse(rows[0]).is_known) {
      throw new CommandFailure(`There is no tenant "${printable(tenant)}" in this database.`);
    }
  }

  async #diff(): Promise<number> {
    const survey = new ReplaySurvey(this.#settings.examples);
    await this.#begin('comparing', this.#settings.scope);
    await compareInScope(this.#context, this.#settings.scope, survey);
    this.#report(survey);
    return this.#ended();
  }

  async #mend(): Promise<number> {
    const survey = new ReplaySurvey(this.#settings.examples);
    await this.#begin('replaying', this.#settings.scope);
    await mendInScope(this.#context, this.#settings.scope, survey);
    this.#report(survey);
    if (this.#context.stop.aborted || survey.tenantsToRebuild.length === 0) return this.#ended();
    return this.#rebuild(survey.tenantsToRebuild);
  }

  async #rebuild(tenantIds: readonly string[] | null): Promise<number> {
    const whose = tenantIds === null ? 'all tenants' : tenantIds.map((id) => printable(id)).join(', ');
    if (!(await this.#agreed(whose))) {
      process.stderr.write(
        `onevault: The vault of ${whose} was not rebuilt. Pass --yes to empty it and make it anew from all its raw requests.\n`,
      );
      return EXIT.failed;
    }
    await this.#begin(`rebuilding ${whose}`, { tenantIds, from: null, to: null });
    await rebuild(this.#context, tenantIds);
    return this.#ended('Run `onevault replay` to go on with the rebuild, or leave the rest to the pipeline.');
  }

  async #agreed(whose: string): Promise<boolean> {
    if (this.#settings.agreed) return true;
    this.#progress.end();
    return agreesTo(
      `Empty the vault of ${whose} and make it anew from all its raw requests? Reports see it grow again.`,
      this.#context.stop,
    );
  }

  async #begin(step: string, scope: ReplayScope): Promise<void> {
    const { events } = await countInScope(this.#pool, scope);
    this.#progress.begin(step, events);
  }

  #report(survey: ReplaySurvey): void {
    this.#progress.end();
    process.stdout.write(
      this.#settings.json ? `${JSON.stringify(surveyJson(survey))}\n` : surveyTable(survey),
    );
  }

  #ended(advice = 'Run the same command again.'): number {
    this.#progress.end();
    if (!this.#context.stop.aborted) return EXIT.ok;
    process.stderr.write(`Interrupted between two transactions. ${advice}\n`);
    return EXIT.interrupted;
  }
}

/** The stages' warnings as lines of the progress display; what they log of each transaction is not for people. */
function warningsOnly(say: (sentence: string) => void): Logger {
  const warn = (message: string) => say(message);
  const ignore = () => undefined;
  return { debug: ignore, info: ignore, warn, error: warn, measure: ignore };
}
