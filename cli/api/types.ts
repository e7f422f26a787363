// Written by `npm run generate` from the schemas in lambdas/: change those instead.

export interface paths {
  '/api/tracking/analytics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sum up sessions, interactions and conversions, under the path of the Data Vault plan
     * @description Counts events by the time they happened, each once. Sessions are those with a selected event, with their whole length.
     */
    get: operations['getTrackingAnalytics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/tracking/events.js': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Store events of a browser
     * @description The same as `/api/v1/track/async`, under the path of the Data Vault plan. At most 1000 events and 1048576 bytes after decompression (gzip, br).
     */
    post: operations['trackFromBrowser'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sum up sessions, interactions and conversions
     * @description Counts events by the time they happened, each once. Sessions are those with a selected event, with their whole length.
     */
    get: operations['getAnalytics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/devices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List what visitors use
     * @description By kind of device, browser, operating system or screen, as the session’s entry event knew it; `unknown` otherwise.
     */
    get: operations['getDevices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the types of events
     * @description By type, with the sum of the events’ values.
     */
    get: operations['getEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/funnel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Count the sessions that took one step after the other
     * @description A session reaches a step with a selected event at or after the one with which it reached the step before, each event serving one step.
     */
    get: operations['getFunnel'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/items': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the business items
     * @description Interactions are selected events that concern the item, without transaction steps; conversions are its completed transactions. Items of one event share its value equally. Name and type are the newest known.
     */
    get: operations['getItems'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Show the last 30 minutes
     * @description What has reached the vault by now: events are there within seconds as a rule, and `newestArrival` says how far it is. It takes no dates.
     */
    get: operations['getLive'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/pages': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the pages by their views
     * @description Entries and exits are selected sessions that began or ended on the page, and the bounce rate is of those that began there. Seconds on a page run to the next page view of the session, or as long as something still happened.
     */
    get: operations['getPages'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/paths': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the first pages of sessions
     * @description The paths of a session’s selected page views in their order, repetitions in a row counted once, up to `length` of them.
     */
    get: operations['getPaths'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/retention': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Count the visitors who came back
     * @description Visitors whose first event ever is in the range, by the period it is in, and how many of them have a selected event in each period after it, up to the end of the range.
     */
    get: operations['getRetention'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List sessions, the newest first
     * @description Sessions with a selected event. What a row says is of the whole session: its counts include events that the filters leave out.
     */
    get: operations['getSessions'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List where sessions came from
     * @description By channel, source (utm_source, else the referring host) and campaign of the session’s entry event.
     */
    get: operations['getSources'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/analytics/timeseries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Count by hour, day, week or month
     * @description A row for each local unit of time, also without events. A bucket is named by its start with the offset then in force: the doubled hour of a change to winter time is two buckets. Visitors and sessions are distinct within a bucket; `totals` are those of the whole range.
     */
    get: operations['getTimeSeries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/events/{id}/lineage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Follow one event from its raw row into the vault
     * @description An event of another tenant is answered as one that does not exist.
     */
    get: operations['readLineage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/ledger': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Account for every event that arrived
     * @description By day of arrival in UTC: received = stored + duplicate + quarantined + refused + erased + pending. Settled days stand for good, all others are counted when they are asked for. Calls without a valid token are of no tenant and in no ledger.
     */
    get: operations['readLedger'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Store events and process them in the same call
     * @description Stores, then takes the events through staging into the vault before it answers. Processing that fails or takes too long never fails the call: the queue takes over, and the answer says `background`, and `pipeline` how far each event has come by then. One event, an array, or {"events": […]}. At most 1000 events and 1048576 bytes after decompression (gzip, br).
     */
    post: operations['track'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track/async': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Store events, and process them in the background
     * @description Answers as soon as the events are stored. One event, an array, or {"events": […]}. At most 1000 events and 1048576 bytes after decompression (gzip, br).
     */
    post: operations['trackAsync'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track/batch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Store a batch of events, with a verdict for each
     * @description As `/api/v1/track/async`, and always answered with verdicts. A batch of which no event can be stored is a problem. At most 1000 events and 1048576 bytes after decompression (gzip, br).
     */
    post: operations['trackBatch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track/dashboard': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a summary and the newest events with their stages
     * @description Newest first, page by page: `next_cursor` of an answer is `cursor` of the next question.
     */
    get: operations['readDashboard'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track/process': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Process what is pending now
     * @description Takes what waits through staging into the vault, oldest first, for a few seconds at the most. What it does not reach stays with the queues.
     */
    post: operations['processPending'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/track/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the state of the pipeline
     * @description Counts and lag of each stage, the queues, and the 10 newest events.
     */
    get: operations['readStatus'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/visitors/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read what is held of a visitor, and what was asked for
     * @description A visitor of another tenant is answered as one that does not exist. Of one who was erased the certificate is there for good.
     */
    get: operations['readVisitor'];
    put?: never;
    post?: never;
    /**
     * Erase a visitor
     * @description Answers with the job that will do it, the same as long as one is open. It runs within a minute or two and cannot be taken back: what the visitor’s events say is gone for good, their exports as well, and no event under this id is stored ever again. `GET /api/v1/visitors/{id}` has the certificate.
     */
    delete: operations['eraseVisitor'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/visitors/{id}/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read how far an export is, or get it
     * @description As JSON the newest export and where its parts are; for `Accept: application/zip` one part of it, or of the newest that is done. All parts put together in order are the ZIP file.
     */
    get: operations['readExport'];
    put?: never;
    /**
     * Ask for everything that is known of a visitor
     * @description Answers with the job that will make it, the same as long as one is open. It runs within a minute or two; what it makes is kept for seven days. Of a visitor who is not known an empty export is made.
     */
    post: operations['requestExport'];
    /**
     * Delete the exports of a visitor
     * @description Also those that are not made yet. Nothing else of the visitor is touched.
     */
    delete: operations['deleteExport'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read this description as a page
     * @description A page that loads nothing from elsewhere. Needs no token.
     */
    get: operations['getReference'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs/{file}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get a file of the reference page
     * @description Needs no token.
     */
    get: operations['getReferenceFile'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Say whether the API answers
     * @description Asks nothing but the function itself.
     */
    get: operations['readHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/db': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Say whether all objects and migrations are there
     * @description Answers 503 when one is missing or the database does not answer.
     */
    get: operations['readDatabaseHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/detailed': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Say whether database and queues answer
     * @description Answers 503 when the database does not answer.
     */
    get: operations['readDetailedHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Get this description
     * @description OpenAPI 3.1, made of the schemas that the service validates with. Needs no token.
     */
    get: operations['getDescription'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** @description Events, and beside them fields that hold for each of them. */
    Batch: {
      /** @description The tenant, in a `text/plain` body only. */
      customer_id?: string;
      events: components['schemas']['Event'][];
      /** @description The token, in a `text/plain` body only. */
      token?: string;
    } & {
      [key: string]: unknown;
    };
    Dashboard: {
      data: {
        /** @description Percent of all events that passed each stage; 100 when there are none. On the first page only. */
        completion_rates?: {
          business: number;
          staging: number;
        };
        /** @description Newest first. */
        events: components['schemas']['DashboardEvent'][];
        /** @description Where the next page begins; null after the last. */
        next_cursor: string | null;
        /** @description On the first page only. */
        summary?: {
          /** @description When the newest event arrived. */
          latest_event: string | null;
          pending: number;
          /** @description Events in the vault. */
          processed_to_business: number;
          /** @description Events that passed staging, those in the vault included. */
          processed_to_staging: number;
          quarantined: number;
          total_events: number;
        };
      };
      /** @constant */
      success: true;
    };
    DashboardEvent: {
      /**
       * @description How far an event has come.
       * @enum {string}
       */
      business_status: 'Pending' | 'Complete Pipeline' | 'Quarantined';
      /** @description Why it is in quarantine. */
      error: string | null;
      /** Format: uuid */
      event_id: string;
      event_type: string | null;
      page_url: string | null;
      /** @enum {string} */
      raw_status: 'PENDING' | 'PROCESSING' | 'PROCESSED' | 'ERROR';
      /** Format: date-time */
      received_at: string;
      site_id: string;
      /** @enum {string} */
      staging_status: 'PENDING' | 'PROCESSED' | 'INVALID';
    };
    DatabaseHealth: {
      /** @description Null when the database does not answer. */
      migrations: {
        applied: number;
        expected: number;
      } | null;
      /** @description Objects that tracking needs and the database does not have. */
      missing: string[];
      /** @enum {string} */
      status: 'ok' | 'failing';
      /** Format: date-time */
      timestamp: string;
    };
    DeletedExports: {
      /** @description Exports that were there, made or not. */
      deleted: number;
      /** @constant */
      success: true;
    };
    DetailedHealth: {
      checks: {
        /**
         * @description Whether the database answers.
         * @enum {string}
         */
        database: 'ok' | 'failing';
        /**
         * @description Whether the queues answer. Events do not depend on them, nor does `status`.
         * @enum {string}
         */
        queues: 'ok' | 'failing';
      };
      /** @enum {string} */
      status: 'ok' | 'failing';
      /** Format: date-time */
      timestamp: string;
    };
    /** @description What was done, signed: `signature` is over the canonical JSON of all other members. */
    ErasureCertificate: {
      /** Format: date-time */
      erased_at: string;
      /** @constant */
      format: 'onevault-erasure-1';
      visitor_mark: string;
    } & {
      [key: string]: unknown;
    };
    /** @description One event, in any of the three shapes. `event_type` or `evt_type` is needed; what is not known is kept in `custom_properties`. */
    Event: {
      browser_language?: string | number | boolean | null;
      browser_name?: string | number | boolean | null;
      browser_version?: string | number | boolean | null;
      business_item_type?: string | number | boolean | null;
      click_x?: number | string | null;
      click_y?: number | string | null;
      /** @description Counts only from a server’s token. */
      client_ip?: string | number | boolean | null;
      /** @description Whether the visitor agreed to be known by a first-party id: `granted` or `denied`, or by purpose, of which `analytics` counts. Without consent `visitor_id` and `session_id` are not stored, as the tenant’s privacy mode has it. */
      consent?:
        | (boolean | string | number | null)
        | ({
            analytics?: boolean | string | number | null;
            analytics_storage?: boolean | string | number | null;
          } & {
            [key: string]: unknown;
          })
        | unknown[];
      conversion_funnel_stage?: string | number | boolean | null;
      device_pixel_ratio?: number | string | null;
      device_type?: string | number | boolean | null;
      /**
       * @description The visitor asks not to be tracked; counts in the privacy mode `strict`.
       * @enum {boolean|string|number|null}
       */
      do_not_track?:
        | true
        | false
        | 'true'
        | 'false'
        | 'yes'
        | 'no'
        | '1'
        | '0'
        | 1
        | 0
        | 'unspecified'
        | 'null'
        | ''
        | null;
      event_action?: string | number | boolean | null;
      event_category?: string | number | boolean | null;
      /** @description Fields that are not found in the event itself, and custom properties. */
      event_data?: {
        [key: string]: unknown;
      };
      /** @description Best a UUID of version 7: an event with an id counts once, however often it is sent. */
      event_id?: string | number | boolean | null;
      event_label?: string | number | boolean | null;
      /** @description RFC 3339 with an offset, or seconds or milliseconds since 1970. Without one the arrival counts. */
      event_timestamp?: string | number | null;
      /** @description A type with rules such as `page_view`, `item_interaction` or `transaction_step`, or any other name. */
      event_type?: string | number | boolean | null;
      event_value?: number | string | null;
      /** @description Of a `transaction_step`: `start`, `progress`, `complete` or `abandon`. */
      evt_action?: string | number | boolean | null;
      evt_category?: string | number | boolean | null;
      /** @description Of an `item_interaction`: the item. */
      evt_label?: string | number | boolean | null;
      evt_type?: string | number | boolean | null;
      evt_value?: number | string | null;
      /** @description Global Privacy Control: the visitor asks not to be tracked. */
      global_privacy_control?: boolean | string | number | null;
      /** @description Global Privacy Control: the visitor asks not to be tracked. */
      gpc?: boolean | string | number | null;
      item_category?: string | number | boolean | null;
      item_currency?: string | number | boolean | null;
      item_description?: string | number | boolean | null;
      item_id?: string | number | boolean | null;
      /** @enum {boolean|string|number|null} */
      item_is_active?:
        | true
        | false
        | 'true'
        | 'false'
        | 'yes'
        | 'no'
        | '1'
        | '0'
        | 1
        | 0
        | 'unspecified'
        | 'null'
        | ''
        | null;
      item_name?: string | number | boolean | null;
      item_type?: string | number | boolean | null;
      item_value?: number | string | null;
      items?: ({
        category?: string | number | boolean | null;
        currency?: string | number | boolean | null;
        description?: string | number | boolean | null;
        id?: string | number | boolean | null;
        /** @enum {boolean|string|number|null} */
        is_active?:
          | true
          | false
          | 'true'
          | 'false'
          | 'yes'
          | 'no'
          | '1'
          | '0'
          | 1
          | 0
          | 'unspecified'
          | 'null'
          | ''
          | null;
        item_category?: string | number | boolean | null;
        item_description?: string | number | boolean | null;
        item_id?: string | number | boolean | null;
        item_name?: string | number | boolean | null;
        item_type?: string | number | boolean | null;
        item_value?: number | string | null;
        name?: string | number | boolean | null;
        price?: number | string | null;
        type?: string | number | boolean | null;
      } & {
        [key: string]: unknown;
      })[];
      operating_system?: string | number | boolean | null;
      page_category?: string | number | boolean | null;
      page_referrer?: string | number | boolean | null;
      page_title?: string | number | boolean | null;
      page_type?: string | number | boolean | null;
      page_url?: string | number | boolean | null;
      product_id?: string | number | boolean | null;
      /** @description Custom properties only. */
      properties?: {
        [key: string]: unknown;
      };
      referrer?: string | number | boolean | null;
      screen_height?: number | string | null;
      screen_resolution?: string | number | boolean | null;
      screen_width?: number | string | null;
      scroll_depth?: number | string | null;
      scroll_percentage?: number | string | null;
      /** @description The session as the client counts it; without one a session ends after 30 quiet minutes. */
      session_id?: string | number | boolean | null;
      step_name?: string | number | boolean | null;
      time_on_page?: number | string | null;
      time_on_page_seconds?: number | string | null;
      /** @description RFC 3339 with an offset, or seconds or milliseconds since 1970. Without one the arrival counts. */
      timestamp?: string | number | null;
      timezone?: string | number | boolean | null;
      transaction_funnel_step?: string | number | boolean | null;
      url?: string | number | boolean | null;
      /** @description Counts only from a server’s token. */
      user_agent?: string | number | boolean | null;
      utm_campaign?: string | number | boolean | null;
      utm_content?: string | number | boolean | null;
      utm_medium?: string | number | boolean | null;
      utm_source?: string | number | boolean | null;
      utm_term?: string | number | boolean | null;
      viewport_height?: number | string | null;
      viewport_size?: string | number | boolean | null;
      viewport_width?: number | string | null;
      /** @description A first-party id; without one the visitor is a pseudonym of address and agent for one day. */
      visitor_id?: string | number | boolean | null;
    } & {
      [key: string]: unknown;
    };
    EventPipeline: {
      /** @description Why it went into quarantine instead of the vault. */
      code?: string;
      /** @description Whether it is in the vault. */
      loaded: boolean;
      /** @description Whether it passed validation and enrichment. */
      staged: boolean;
    };
    /** @description A ZIP file of JSON lines with a signed `manifest.json`. */
    ExportArchive: {
      bytes: number;
      /**
       * Format: date-time
       * @description When it is deleted.
       */
      expires_at: string;
      /** @description Where its bytes are, in order. A part has 4 MiB at the most. */
      parts: string[];
      sha256: string;
    };
    /** @description A hash key of the vault, in hexadecimal. */
    HashKey: string;
    Health: {
      /** @constant */
      status: 'ok';
    };
    Ledger: {
      data: {
        dateRange: {
          /** Format: date */
          from: string;
          /** Format: date */
          to: string;
        };
        /** @description Days on which anything arrived, the oldest first. */
        days: components['schemas']['LedgerDay'][];
        /** Format: date-time */
        generated_at: string;
        tenant_id: string;
        totals: {
          /** @description How many events of the vault are a bot’s. */
          bots: number;
          /** @description Had arrived before. */
          duplicate: number;
          /** @description Of visitors who were erased since. */
          erased: number;
          /** @description `received` less all that is known of: 0. Anything else is an event of which nobody can tell what became of it. */
          gap: number;
          /** @description On their way to the vault. */
          pending: number;
          /** @description Set aside with their reason. */
          quarantined: number;
          /** @description Events that arrived, whatever became of them. */
          received: number;
          /** @description Refused events by code. */
          refusals: {
            [key: string]: number;
          };
          /** @description Refused at the door, or not stored because their visitor wished so. */
          refused: number;
          /** @description In the vault. */
          stored: number;
        };
      };
      /** @constant */
      success: true;
    };
    LedgerDay: {
      /**
       * Format: date-time
       * @description When they were counted.
       */
      as_of: string;
      /** @description How many events of the vault are a bot’s. */
      bots: number;
      /**
       * Format: date
       * @description The day of arrival in UTC.
       */
      date: string;
      /** @description Had arrived before. */
      duplicate: number;
      /** @description Of visitors who were erased since. */
      erased: number;
      /** @description `received` less all that is known of: 0. Anything else is an event of which nobody can tell what became of it. */
      gap: number;
      /** @description On their way to the vault. */
      pending: number;
      /** @description Set aside with their reason. */
      quarantined: number;
      /** @description Events that arrived, whatever became of them. */
      received: number;
      /** @description Refused events by code. */
      refusals: {
        [key: string]: number;
      };
      /** @description Refused at the door, or not stored because their visitor wished so. */
      refused: number;
      /** @description Whether the figures stand for good. */
      settled: boolean;
      /** @description In the vault. */
      stored: number;
    };
    Lineage: {
      data: {
        /** Format: uuid */
        event_id: string;
        quarantine: {
          code: string;
          /** Format: date-time */
          quarantined_at: string;
          reasons: string[];
          /** @enum {string} */
          stage: 'INGEST' | 'STAGING' | 'BUSINESS';
        } | null;
        /** @description The row of the raw layer; null when retention has deleted it. */
        raw: {
          bytes: number;
          raw_event_id: string;
          /** Format: date-time */
          received_at: string;
          record_source: string;
          request_id: string;
          /** @description SHA-256 of the bytes that are kept. */
          sha256: string;
          site_id: string;
          /** @enum {string} */
          status: 'PENDING' | 'PROCESSING' | 'PROCESSED' | 'ERROR';
          /** @description Null for a request that nobody traced. */
          trace_id: components['schemas']['TraceId'] | null;
          value_altered: boolean;
        } | null;
        /**
         * @description How far an event has come.
         * @enum {string}
         */
        stage: 'Pending' | 'Complete Pipeline' | 'Quarantined';
        vault: {
          business_item_hks: components['schemas']['HashKey'][];
          /** Format: date-time */
          event_timestamp: string;
          event_type: string;
          /** Format: date-time */
          load_date: string;
          /** @description The hub, link and event rows that this event is stored in or refers to. */
          rows: {
            key: components['schemas']['HashKey'];
            /** Format: date-time */
            load_date: string;
            table: string;
          }[];
          site_event_hk: components['schemas']['HashKey'];
          site_page_hk: components['schemas']['HashKey'];
          site_session_hk: components['schemas']['HashKey'];
          site_visitor_hk: components['schemas']['HashKey'];
        } | null;
      };
      /** @constant */
      success: true;
    };
    PipelineStatus: {
      /** Format: date-time */
      generated_at: string;
      /** @description Seconds that the oldest event has waited for each stage; 0 when nothing waits. */
      lag: {
        business_seconds: number;
        staging_seconds: number;
      };
      /** @description When the oldest event that waits arrived. */
      oldest_pending: string | null;
      /** @description How much lies in the queues of all tenants; empty while they do not answer. */
      queues: {
        in_flight: number;
        name: string;
        visible: number;
      }[];
      /** @description The newest events. */
      recent: {
        /** Format: uuid */
        event_id: string;
        event_type: string | null;
        /** Format: date-time */
        received_at: string;
        /**
         * @description How far an event has come.
         * @enum {string}
         */
        stage: 'Pending' | 'Complete Pipeline' | 'Quarantined';
      }[];
      stages: {
        /** @description What is stored and not in the vault yet, in whatever stage. */
        pending: {
          events: number;
          /** @description Seconds since the oldest arrived; null when there is none. */
          oldest_seconds: number | null;
          requests: number;
        };
        quarantined: {
          events: number;
        };
        raw: {
          /** @description All events the raw layer keeps. */
          events: number;
        };
        /** @description What of it waits for the vault only. */
        staged: {
          events: number;
          /** @description Seconds since the oldest arrived; null when there is none. */
          oldest_seconds: number | null;
        };
        vault: {
          events: number;
        };
      };
      /** @constant */
      success: true;
      tenant_id: string;
    };
    /** @description An answer that refuses a request (RFC 9457). */
    Problem: {
      /**
       * @description What is wrong. Codes are never renamed.
       * @enum {string}
       */
      code:
        | 'invalid_json'
        | 'invalid_utf8'
        | 'invalid_encoding'
        | 'not_an_event'
        | 'no_events'
        | 'not_an_object'
        | 'missing_field'
        | 'invalid_field'
        | 'too_long'
        | 'too_deep'
        | 'too_many_keys'
        | 'too_many_items'
        | 'nested_batch'
        | 'id_conflict'
        | 'ambiguous_customer'
        | 'unknown_parameter'
        | 'invalid_date'
        | 'invalid_days'
        | 'invalid_date_range'
        | 'invalid_site'
        | 'invalid_time_zone'
        | 'invalid_filter'
        | 'invalid_bot'
        | 'invalid_compare'
        | 'invalid_granularity'
        | 'invalid_by'
        | 'invalid_steps'
        | 'invalid_length'
        | 'invalid_limit'
        | 'invalid_visitor'
        | 'invalid_part'
        | 'invalid_job'
        | 'invalid_cursor'
        | 'unauthorized'
        | 'token_not_allowed'
        | 'origin_not_allowed'
        | 'token_not_for_browsers'
        | 'tracking_disabled'
        | 'not_found'
        | 'unknown_event'
        | 'unknown_visitor'
        | 'unknown_export'
        | 'unknown_site'
        | 'export_not_ready'
        | 'body_too_large'
        | 'too_many_events'
        | 'envelope_too_large'
        | 'unsupported_media_type'
        | 'unsupported_encoding'
        | 'rate_limited'
        | 'too_many_questions'
        | 'temporarily_unavailable';
      /** @description What to change, in a sentence. */
      detail: string;
      /** @description JSON pointer (RFC 6901) to what is wrong. */
      pointer?: string;
      status: number;
      title: string;
      /** @constant */
      type: 'about:blank';
    } & {
      [key: string]: unknown;
    };
    Processed: {
      message: string;
      /** @description Events that this call took through each stage. */
      processed: {
        loaded: number;
        quarantined: number;
        staged: number;
      };
      /** @description What waits still: call again, or leave it to the queues. */
      remaining: {
        events: number;
        requests: number;
      };
      /** @constant */
      success: true;
      /** Format: date-time */
      timestamp: string;
    };
    /** @description A trace id of W3C Trace Context. */
    TraceId: string;
    TrackedBatch: {
      /** @description Events that are stored, duplicates included. */
      accepted: number;
      /** @description Events that had been stored before. */
      duplicates: number;
      message: string;
      /**
       * @description `automatic`: done when the answer came. `background`: stored, and on its way. `none`: there was nothing to store.
       * @enum {string}
       */
      processing: 'automatic' | 'background' | 'none';
      rejected: number;
      results: components['schemas']['Verdict'][];
      /** @description Whether no event was rejected. */
      success: boolean;
      /**
       * Format: date-time
       * @description When the request arrived.
       */
      timestamp: string;
    };
    TrackedEvent: {
      /** @description Null when nothing was stored. */
      event_id: string | null;
      message: string;
      /** @description Present for a new event of the synchronous call: how far it had come when the call answered. */
      pipeline?: components['schemas']['EventPipeline'];
      /**
       * @description `automatic`: done when the answer came. `background`: stored, and on its way. `none`: there was nothing to store.
       * @enum {string}
       */
      processing: 'automatic' | 'background' | 'none';
      /** @enum {string} */
      status: 'accepted' | 'duplicate' | 'not_stored';
      /** @constant */
      success: true;
      /**
       * Format: date-time
       * @description When the request arrived.
       */
      timestamp: string;
    };
    /** @description What became of one event of a batch. */
    Verdict:
      | {
          event_id: string;
          index: number;
          pipeline?: components['schemas']['EventPipeline'];
          /** @enum {string} */
          status: 'accepted' | 'duplicate';
        }
      | {
          event_id: null;
          index: number;
          /** @constant */
          status: 'not_stored';
        }
      | {
          code: string;
          event_id: string | null;
          index: number;
          message: string;
          pointer: string;
          /** @constant */
          status: 'rejected';
        };
    Visitor: {
      data: {
        /** @description What the vault counts of the visitor; null when it has nothing. */
        held: {
          events: number;
          /** Format: date-time */
          first_event_at: string;
          /** Format: date-time */
          last_event_at: string;
          page_views: number;
          sessions: number;
        } | null;
        /** @description What was asked for, the newest first. */
        jobs: components['schemas']['VisitorJob'][];
      };
      /** @constant */
      success: true;
    };
    /** @description An export or an erasure that was asked for. */
    VisitorJob: {
      /** @description Of an export that is done and not deleted yet. */
      archive: components['schemas']['ExportArchive'] | null;
      /** @description Of an erasure that is done. */
      certificate: components['schemas']['ErasureCertificate'] | null;
      finished_at: string | null;
      /** Format: uuid */
      job_id: string;
      /** @enum {string} */
      kind: 'export' | 'erasure';
      /** Format: date-time */
      requested_at: string;
      /** @enum {string} */
      status: 'waiting' | 'running' | 'done' | 'failed';
    };
    VisitorJobAnswer: {
      job: components['schemas']['VisitorJob'];
      links: {
        /** @description A path of this API. */
        status: string;
        /** @description A path of this API. */
        visitor: string;
      };
      /** @constant */
      success: true;
    };
  };
  responses: {
    /** @description `ambiguous_customer`: X-Customer-ID names several tenants. */
    ambiguous_customer: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'ambiguous_customer';
        };
      };
    };
    /** @description `export_not_ready`: No export of this visitor is done and still kept. */
    export_not_ready: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'export_not_ready';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `invalid_limit`: limit is no whole number from 1 to 500. `invalid_cursor`: cursor is not what an answer to this very question gave. `invalid_by`: by is none of device, browser, os and screen. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getDevices_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'invalid_limit'
            | 'invalid_cursor'
            | 'invalid_by'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `invalid_steps`: steps are not two to ten of event:…, page:… and action:…. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getFunnel_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'invalid_steps'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getLive_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `invalid_limit`: limit is no whole number from 1 to 500. `invalid_cursor`: cursor is not what an answer to this very question gave. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getPages_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'invalid_limit'
            | 'invalid_cursor'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `invalid_limit`: limit is no whole number from 1 to 500. `invalid_cursor`: cursor is not what an answer to this very question gave. `invalid_length`: length is no whole number from 2 to 5. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getPaths_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'invalid_limit'
            | 'invalid_cursor'
            | 'invalid_length'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `invalid_granularity`: granularity is none that this question has, or too fine for the dates. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getTimeSeries_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'invalid_granularity'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_days`: days is no whole number in its range. `invalid_date_range`: The dates end before they begin, or lie too far apart. `invalid_site`: site cannot be the id of a site. `invalid_time_zone`: timeZone is no IANA name such as Europe/Berlin. `invalid_filter`: A filter has no value, too many values or one too long. `invalid_bot`: bot is none of no, yes and all. `unknown_parameter`: The call has no such query parameter. `invalid_compare`: compare is none of none, previous and year. `ambiguous_customer`: X-Customer-ID names several tenants. */
    getTrackingAnalytics_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_date'
            | 'invalid_days'
            | 'invalid_date_range'
            | 'invalid_site'
            | 'invalid_time_zone'
            | 'invalid_filter'
            | 'invalid_bot'
            | 'unknown_parameter'
            | 'invalid_compare'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `not_found`: There is nothing at this path. */
    not_found: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'not_found';
        };
      };
    };
    /** @description `rate_limited`: The token has used up its quota; send again after Retry-After. */
    rate_limited: {
      headers: {
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        'Retry-After': components['headers']['Retry-After'];
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'rate_limited';
        };
      };
    };
    /** @description `unknown_parameter`: The call has no such query parameter. `invalid_limit`: limit is no whole number from 1 to 500. `invalid_cursor`: cursor is not what an answer to this very question gave. `ambiguous_customer`: X-Customer-ID names several tenants. */
    readDashboard_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_parameter' | 'invalid_limit' | 'invalid_cursor' | 'ambiguous_customer';
        };
      };
    };
    /** @description `invalid_visitor`: The id of a visitor is empty or longer than the limit. `unknown_parameter`: The call has no such query parameter. `invalid_part`: part is no whole number, or the export has no such part. `invalid_job`: job is not the id of an export. `ambiguous_customer`: X-Customer-ID names several tenants. */
    readExport_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_visitor'
            | 'unknown_parameter'
            | 'invalid_part'
            | 'invalid_job'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `unknown_parameter`: The call has no such query parameter. `invalid_date`: dateFrom or dateTo is no date such as 2026-01-31. `invalid_date_range`: The dates end before they begin, or lie too far apart. `ambiguous_customer`: X-Customer-ID names several tenants. */
    readLedger_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_parameter' | 'invalid_date' | 'invalid_date_range' | 'ambiguous_customer';
        };
      };
    };
    /** @description `too_many_questions`: As many questions of the tenant as may be are being answered; ask again after Retry-After. `rate_limited`: The token has used up its quota; send again after Retry-After. */
    readLedger_429: {
      headers: {
        RateLimit: components['headers']['RateLimit'];
        'RateLimit-Policy': components['headers']['RateLimit-Policy'];
        'Retry-After': components['headers']['Retry-After'];
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'too_many_questions' | 'rate_limited';
        };
      };
    };
    /** @description `unknown_parameter`: The call has no such query parameter. `ambiguous_customer`: X-Customer-ID names several tenants. */
    readStatus_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_parameter' | 'ambiguous_customer';
        };
      };
    };
    /** @description `token_not_allowed`: The token may not make this call. `token_not_for_browsers`: The token is for servers and was sent by a browser. `origin_not_allowed`: The token may not be used from this origin. */
    readStatus_403: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'token_not_allowed' | 'token_not_for_browsers' | 'origin_not_allowed';
        };
      };
    };
    /** @description `invalid_visitor`: The id of a visitor is empty or longer than the limit. `ambiguous_customer`: X-Customer-ID names several tenants. */
    requestExport_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'invalid_visitor' | 'ambiguous_customer';
        };
      };
    };
    /** @description `temporarily_unavailable`: The call failed for a reason that is ours and will pass. */
    temporarily_unavailable: {
      headers: {
        'Retry-After': components['headers']['Retry-After'];
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'temporarily_unavailable';
        };
      };
    };
    /** @description `invalid_json`: The body is not JSON. `invalid_utf8`: The body is not UTF-8. `invalid_encoding`: The body is not what Content-Encoding says. `not_an_event`: The body is no event, no array of events and no {"events": [ … ]}. `no_events`: The batch holds no events. `not_an_object`: An event is not a JSON object. `missing_field`: An event lacks a field that its type needs. `invalid_field`: A field has a value it cannot have. `too_long`: A text is longer than its limit. `too_deep`: An event is nested deeper than the limit. `too_many_keys`: An event has more keys than the limit. `too_many_items`: An event has more items than the limit. `nested_batch`: A batch stands inside a batch. `id_conflict`: An event with this id and another payload was stored before. `ambiguous_customer`: X-Customer-ID names several tenants. */
    track_400: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?:
            | 'invalid_json'
            | 'invalid_utf8'
            | 'invalid_encoding'
            | 'not_an_event'
            | 'no_events'
            | 'not_an_object'
            | 'missing_field'
            | 'invalid_field'
            | 'too_long'
            | 'too_deep'
            | 'too_many_keys'
            | 'too_many_items'
            | 'nested_batch'
            | 'id_conflict'
            | 'ambiguous_customer';
        };
      };
    };
    /** @description `tracking_disabled`: Tracking is switched off for this tenant. `token_not_allowed`: The token may not make this call. `token_not_for_browsers`: The token is for servers and was sent by a browser. `origin_not_allowed`: The token may not be used from this origin. */
    track_403: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'tracking_disabled' | 'token_not_allowed' | 'token_not_for_browsers' | 'origin_not_allowed';
        };
      };
    };
    /** @description `body_too_large`: The body has more bytes than the limit, as sent or unpacked. `too_many_events`: The request holds more events than the limit. `envelope_too_large`: The fields beside "events" have more bytes than the limit. */
    track_413: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'body_too_large' | 'too_many_events' | 'envelope_too_large';
        };
      };
    };
    /** @description `unsupported_media_type`: The call does not take this Content-Type. `unsupported_encoding`: Content-Encoding is neither gzip nor br. */
    track_415: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unsupported_media_type' | 'unsupported_encoding';
        };
      };
    };
    /** @description `unauthorized`: Token and tenant do not belong together, or one of them is unknown. */
    unauthorized: {
      headers: {
        'WWW-Authenticate': components['headers']['WWW-Authenticate'];
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unauthorized';
        };
      };
    };
    /** @description `unknown_event`: The tenant has no event with this id. */
    unknown_event: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_event';
        };
      };
    };
    /** @description `unknown_export`: No export of this visitor was asked for. */
    unknown_export: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_export';
        };
      };
    };
    /** @description `unknown_site`: The tenant has no site with this id. */
    unknown_site: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_site';
        };
      };
    };
    /** @description `unknown_visitor`: The tenant has no visitor with this id. */
    unknown_visitor: {
      headers: {
        'X-Trace-Id': components['headers']['X-Trace-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'] & {
          /** @enum {unknown} */
          code?: 'unknown_visitor';
        };
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: {
    /**
     * @description What is left of it (`r`), and for how many seconds (`t`).
     * @example "default";r=299999;t=7
     */
    RateLimit: string;
    /**
     * @description The quota (`q`) of the token, and its window (`w`) in seconds.
     * @example "default";q=300000;w=10
     */
    'RateLimit-Policy': string;
    /**
     * @description Seconds after which the same request may be sent again.
     * @example 2
     */
    'Retry-After': number;
    /**
     * @description How to say who is calling.
     * @example Bearer
     */
    'WWW-Authenticate': string;
    /**
     * @description The trace that the call belongs to: the one of its `traceparent` (W3C Trace Context), or one of its own.
     * @example 4bf92f3577b34da6a3ce929d0e0e4736
     */
    'X-Trace-Id': string;
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getTrackingAnalytics: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV a line for each of its figures, with the columns metric and value. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "overview": {
           *           "totalSessions": 402,
           *           "uniqueVisitors": 310,
           *           "totalEvents": 1730,
           *           "pageViews": 1204,
           *           "avgSessionDurationMinutes": 2.36,
           *           "avgPagesPerSession": 3
           *         },
           *         "interactions": {
           *           "itemInteractions": 214,
           *           "contactInteractions": 9,
           *           "uniquePagesVisited": 48
           *         },
           *         "conversions": {
           *           "transactionStarts": 31,
           *           "completedTransactions": 12,
           *           "totalConversionValue": 118800,
           *           "conversionRate": 38.71
           *         },
           *         "topItems": [
           *           {
           *             "item_name": "Tent 4",
           *             "interactions": 41,
           *             "conversion_value": 19900
           *           }
           *         ],
           *         "conversionFunnel": {
           *           "funnel_start": 33,
           *           "funnel_progress": 20,
           *           "funnel_complete": 12,
           *           "conversion_rate": 36.36
           *         },
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                conversionFunnel: {
                  conversion_rate: number;
                  funnel_complete: number;
                  funnel_progress: number;
                  funnel_start: number;
                };
                conversions: {
                  completedTransactions: number;
                  conversionRate: number;
                  totalConversionValue: number;
                  transactionStarts: number;
                };
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                interactions: {
                  contactInteractions: number;
                  itemInteractions: number;
                  uniquePagesVisited: number;
                };
                overview: {
                  avgPagesPerSession: number;
                  avgSessionDurationMinutes: number;
                  pageViews: number;
                  totalEvents: number;
                  totalSessions: number;
                  uniqueVisitors: number;
                };
                topItems: {
                  conversion_value: number;
                  interactions: number;
                  item_name: string;
                }[];
              };
              conversionFunnel: {
                conversion_rate: number;
                funnel_complete: number;
                funnel_progress: number;
                funnel_start: number;
              };
              conversions: {
                completedTransactions: number;
                conversionRate: number;
                totalConversionValue: number;
                transactionStarts: number;
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              interactions: {
                contactInteractions: number;
                itemInteractions: number;
                uniquePagesVisited: number;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              overview: {
                avgPagesPerSession: number;
                avgSessionDurationMinutes: number;
                pageViews: number;
                totalEvents: number;
                totalSessions: number;
                uniqueVisitors: number;
              };
              topItems: {
                conversion_value: number;
                interactions: number;
                item_name: string;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example metric,value
           *     overview.totalSessions,402
           *     overview.uniqueVisitors,310
           *     overview.totalEvents,1730
           *     overview.pageViews,1204
           *     overview.avgSessionDurationMinutes,2.36
           *     overview.avgPagesPerSession,3
           *     interactions.itemInteractions,214
           *     interactions.contactInteractions,9
           *     interactions.uniquePagesVisited,48
           *     conversions.transactionStarts,31
           *     conversions.completedTransactions,12
           *     conversions.totalConversionValue,118800
           *     conversions.conversionRate,38.71
           *     topItems.0.item_name,Tent 4
           *     topItems.0.interactions,41
           *     topItems.0.conversion_value,19900
           *     conversionFunnel.funnel_start,33
           *     conversionFunnel.funnel_progress,20
           *     conversionFunnel.funnel_complete,12
           *     conversionFunnel.conversion_rate,36.36
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getTrackingAnalytics_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  trackFromBrowser: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['Event']
          | components['schemas']['Event'][]
          | components['schemas']['Batch'];
        'text/plain': string;
      };
    };
    responses: {
      /** @description The events are stored and will be in the vault. */
      202: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "message": "Event stored",
           *       "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *       "status": "accepted",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "processing": "background"
           *     }
           */
          'application/json': components['schemas']['TrackedEvent'] | components['schemas']['TrackedBatch'];
        };
      };
      400: components['responses']['track_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['track_403'];
      413: components['responses']['track_413'];
      415: components['responses']['track_415'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getAnalytics: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV a line for each of its figures, with the columns metric and value. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "overview": {
           *           "totalSessions": 402,
           *           "uniqueVisitors": 310,
           *           "totalEvents": 1730,
           *           "pageViews": 1204,
           *           "avgSessionDurationMinutes": 2.36,
           *           "avgPagesPerSession": 3
           *         },
           *         "interactions": {
           *           "itemInteractions": 214,
           *           "contactInteractions": 9,
           *           "uniquePagesVisited": 48
           *         },
           *         "conversions": {
           *           "transactionStarts": 31,
           *           "completedTransactions": 12,
           *           "totalConversionValue": 118800,
           *           "conversionRate": 38.71
           *         },
           *         "topItems": [
           *           {
           *             "item_name": "Tent 4",
           *             "interactions": 41,
           *             "conversion_value": 19900
           *           }
           *         ],
           *         "conversionFunnel": {
           *           "funnel_start": 33,
           *           "funnel_progress": 20,
           *           "funnel_complete": 12,
           *           "conversion_rate": 36.36
           *         },
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                conversionFunnel: {
                  conversion_rate: number;
                  funnel_complete: number;
                  funnel_progress: number;
                  funnel_start: number;
                };
                conversions: {
                  completedTransactions: number;
                  conversionRate: number;
                  totalConversionValue: number;
                  transactionStarts: number;
                };
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                interactions: {
                  contactInteractions: number;
                  itemInteractions: number;
                  uniquePagesVisited: number;
                };
                overview: {
                  avgPagesPerSession: number;
                  avgSessionDurationMinutes: number;
                  pageViews: number;
                  totalEvents: number;
                  totalSessions: number;
                  uniqueVisitors: number;
                };
                topItems: {
                  conversion_value: number;
                  interactions: number;
                  item_name: string;
                }[];
              };
              conversionFunnel: {
                conversion_rate: number;
                funnel_complete: number;
                funnel_progress: number;
                funnel_start: number;
              };
              conversions: {
                completedTransactions: number;
                conversionRate: number;
                totalConversionValue: number;
                transactionStarts: number;
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              interactions: {
                contactInteractions: number;
                itemInteractions: number;
                uniquePagesVisited: number;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              overview: {
                avgPagesPerSession: number;
                avgSessionDurationMinutes: number;
                pageViews: number;
                totalEvents: number;
                totalSessions: number;
                uniqueVisitors: number;
              };
              topItems: {
                conversion_value: number;
                interactions: number;
                item_name: string;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example metric,value
           *     overview.totalSessions,402
           *     overview.uniqueVisitors,310
           *     overview.totalEvents,1730
           *     overview.pageViews,1204
           *     overview.avgSessionDurationMinutes,2.36
           *     overview.avgPagesPerSession,3
           *     interactions.itemInteractions,214
           *     interactions.contactInteractions,9
           *     interactions.uniquePagesVisited,48
           *     conversions.transactionStarts,31
           *     conversions.completedTransactions,12
           *     conversions.totalConversionValue,118800
           *     conversions.conversionRate,38.71
           *     topItems.0.item_name,Tent 4
           *     topItems.0.interactions,41
           *     topItems.0.conversion_value,19900
           *     conversionFunnel.funnel_start,33
           *     conversionFunnel.funnel_progress,20
           *     conversionFunnel.funnel_complete,12
           *     conversionFunnel.conversion_rate,36.36
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getTrackingAnalytics_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getDevices: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /** @description What to count by. */
        by?: 'device' | 'browser' | 'os' | 'screen';
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns name, visitors, sessions, pageviews, events, bounceRate, avgSessionSeconds, conversions, conversionValue. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "name": "mobile",
           *             "visitors": 310,
           *             "sessions": 402,
           *             "pageviews": 1204,
           *             "events": 1730,
           *             "bounceRate": 38.06,
           *             "avgSessionSeconds": 141.5,
           *             "conversions": 12,
           *             "conversionValue": 118800
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  avgSessionSeconds: number;
                  bounceRate: number;
                  conversions: number;
                  conversionValue: number;
                  events: number;
                  name: string;
                  pageviews: number;
                  sessions: number;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                avgSessionSeconds: number;
                bounceRate: number;
                conversions: number;
                conversionValue: number;
                events: number;
                name: string;
                pageviews: number;
                sessions: number;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example name,visitors,sessions,pageviews,events,bounceRate,avgSessionSeconds,conversions,conversionValue
           *     mobile,310,402,1204,1730,38.06,141.5,12,118800
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getDevices_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getEvents: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns event, events, visitors, sessions, value. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "event": "page_view",
           *             "events": 1204,
           *             "visitors": 310,
           *             "sessions": 399,
           *             "value": 0
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  event: string;
                  events: number;
                  sessions: number;
                  value: number;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                event: string;
                events: number;
                sessions: number;
                value: number;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example event,events,visitors,sessions,value
           *     page_view,1204,310,399,0
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPages_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getFunnel: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description Steps in their order: `event:<type>`, `page:<path>`, or `action:<action>` of a transaction_step. Two to ten.
         * @example [
         *       "page:/pricing",
         *       "event:form_submit"
         *     ]
         */
        steps?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns step, sessions, fromPrevious, fromFirst. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "step": "page:/pricing",
           *             "sessions": 171,
           *             "fromPrevious": 100,
           *             "fromFirst": 100
           *           },
           *           {
           *             "step": "event:form_submit",
           *             "sessions": 19,
           *             "fromPrevious": 11.11,
           *             "fromFirst": 11.11
           *           }
           *         ],
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 2
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  fromFirst: number;
                  fromPrevious: number;
                  sessions: number;
                  step: string;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              rows: {
                fromFirst: number;
                fromPrevious: number;
                sessions: number;
                step: string;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example step,sessions,fromPrevious,fromFirst
           *     page:/pricing,171,100,100
           *     event:form_submit,19,11.11,11.11
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getFunnel_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getItems: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns item, name, type, interactions, visitors, sessions, conversions, value. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "item": "sku-1",
           *             "name": "Tent 4",
           *             "type": "product",
           *             "interactions": 41,
           *             "visitors": 33,
           *             "sessions": 36,
           *             "conversions": 2,
           *             "value": 19900
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  conversions: number;
                  interactions: number;
                  item: string;
                  name: string;
                  sessions: number;
                  type: string;
                  value: number;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                conversions: number;
                interactions: number;
                item: string;
                name: string;
                sessions: number;
                type: string;
                value: number;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example item,name,type,interactions,visitors,sessions,conversions,value
           *     sku-1,Tent 4,product,41,33,36,2,19900
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPages_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getLive: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns minute, events, pageviews. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "visitors": 3,
           *         "sessions": 3,
           *         "pageviews": 7,
           *         "events": 11,
           *         "newestArrival": "2026-02-01T07:59:58.120Z",
           *         "pages": [
           *           {
           *             "page": "/pricing",
           *             "pageviews": 4,
           *             "visitors": 2
           *           }
           *         ],
           *         "sources": [
           *           {
           *             "channel": "direct",
           *             "source": null,
           *             "sessions": 2
           *           }
           *         ],
           *         "rows": [
           *           {
           *             "minute": "2026-02-01T07:59:00Z",
           *             "events": 4,
           *             "pageviews": 3
           *           }
           *         ],
           *         "dateRange": {
           *           "from": "2026-02-01T07:31:00Z",
           *           "to": "2026-02-01T08:00:00Z"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              dateRange: {
                /** Format: date-time */
                from: string;
                /** Format: date-time */
                to: string;
              };
              events: number;
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              newestArrival: string | null;
              pages: {
                page: string | null;
                pageviews: number;
                visitors: number;
              }[];
              pageviews: number;
              rows: {
                events: number;
                /** Format: date-time */
                minute: string;
                pageviews: number;
              }[];
              sessions: number;
              sources: {
                channel: string | null;
                sessions: number;
                source: string | null;
              }[];
              visitors: number;
            };
            /** @constant */
            success: true;
          };
          /**
           * @example minute,events,pageviews
           *     2026-02-01T07:59:00Z,4,3
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getLive_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getPages: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns page, pageviews, visitors, sessions, entries, exits, avgSecondsOnPage, bounceRate. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "page": "/pricing",
           *             "pageviews": 212,
           *             "visitors": 160,
           *             "sessions": 171,
           *             "entries": 64,
           *             "exits": 58,
           *             "avgSecondsOnPage": 42.25,
           *             "bounceRate": 31.25
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  avgSecondsOnPage: number | null;
                  bounceRate: number;
                  entries: number;
                  exits: number;
                  page: string | null;
                  pageviews: number;
                  sessions: number;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                avgSecondsOnPage: number | null;
                bounceRate: number;
                entries: number;
                exits: number;
                page: string | null;
                pageviews: number;
                sessions: number;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example page,pageviews,visitors,sessions,entries,exits,avgSecondsOnPage,bounceRate
           *     /pricing,212,160,171,64,58,42.25,31.25
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPages_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getPaths: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description How many pages of each session, from its first selected one. */
        length?: number;
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns path, sessions. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "path": [
           *               "/",
           *               "/pricing",
           *               "/thanks"
           *             ],
           *             "sessions": 14
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  path: string[];
                  sessions: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                path: string[];
                sessions: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example path,sessions
           *     / > /pricing > /thanks,14
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPaths_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getRetention: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /** @description Length of a period; weeks begin on Monday. A question has at most 100 periods. */
        granularity?: 'day' | 'week' | 'month';
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns cohort, cohortVisitors, period, visitors, percentage. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "cohort": "2026-01-05",
           *             "cohortVisitors": 80,
           *             "period": 0,
           *             "visitors": 80,
           *             "percentage": 100
           *           },
           *           {
           *             "cohort": "2026-01-05",
           *             "cohortVisitors": 80,
           *             "period": 1,
           *             "visitors": 18,
           *             "percentage": 22.5
           *           }
           *         ],
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 2
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  /** Format: date */
                  cohort: string;
                  cohortVisitors: number;
                  percentage: number;
                  period: number;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              rows: {
                /** Format: date */
                cohort: string;
                cohortVisitors: number;
                percentage: number;
                period: number;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example cohort,cohortVisitors,period,visitors,percentage
           *     2026-01-05,80,0,80,100
           *     2026-01-05,80,1,18,22.5
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getTimeSeries_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getSessions: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns sessionId, visitorId, site, start, end, seconds, pageViews, events, bounce, entryPath, exitPath, channel, source, campaign, device, browser, os, converted, conversionValue. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "sessionId": "sess_1234567890",
           *             "visitorId": "visitor-17",
           *             "site": "main",
           *             "start": "2026-01-31T22:10:05+01:00",
           *             "end": "2026-01-31T22:14:41+01:00",
           *             "seconds": 276,
           *             "pageViews": 4,
           *             "events": 6,
           *             "bounce": false,
           *             "entryPath": "/pricing",
           *             "exitPath": "/thanks",
           *             "channel": "email",
           *             "source": "newsletter",
           *             "campaign": "spring",
           *             "device": "desktop",
           *             "browser": "Firefox",
           *             "os": "Linux",
           *             "converted": true,
           *             "conversionValue": 9900
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  bounce: boolean;
                  browser: string | null;
                  campaign: string | null;
                  channel: string | null;
                  conversionValue: number;
                  converted: boolean;
                  device: string | null;
                  /** Format: date-time */
                  end: string;
                  entryPath: string | null;
                  events: number;
                  exitPath: string | null;
                  os: string | null;
                  pageViews: number;
                  seconds: number;
                  sessionId: string;
                  site: string;
                  source: string | null;
                  /** Format: date-time */
                  start: string;
                  visitorId: string;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                bounce: boolean;
                browser: string | null;
                campaign: string | null;
                channel: string | null;
                conversionValue: number;
                converted: boolean;
                device: string | null;
                /** Format: date-time */
                end: string;
                entryPath: string | null;
                events: number;
                exitPath: string | null;
                os: string | null;
                pageViews: number;
                seconds: number;
                sessionId: string;
                site: string;
                source: string | null;
                /** Format: date-time */
                start: string;
                visitorId: string;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example sessionId,visitorId,site,start,end,seconds,pageViews,events,bounce,entryPath,exitPath,channel,source,campaign,device,browser,os,converted,conversionValue
           *     sess_1234567890,visitor-17,main,2026-01-31T22:10:05+01:00,2026-01-31T22:14:41+01:00,276,4,6,false,/pricing,/thanks,email,newsletter,spring,desktop,Firefox,Linux,true,9900
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPages_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getSources: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /** @description The `nextCursor` of the answer before; everything else as in that question. */
        cursor?: string;
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /** @description Rows of one answer, 50 if not said. */
        limit?: number;
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns channel, source, campaign, visitors, sessions, pageviews, events, bounceRate, avgSessionSeconds, conversions, conversionValue. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "rows": [
           *           {
           *             "channel": "search",
           *             "source": "www.google.com",
           *             "campaign": null,
           *             "visitors": 310,
           *             "sessions": 402,
           *             "pageviews": 1204,
           *             "events": 1730,
           *             "bounceRate": 38.06,
           *             "avgSessionSeconds": 141.5,
           *             "conversions": 12,
           *             "conversionValue": 118800
           *           }
           *         ],
           *         "nextCursor": null,
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  avgSessionSeconds: number;
                  bounceRate: number;
                  campaign: string | null;
                  channel: string | null;
                  conversions: number;
                  conversionValue: number;
                  events: number;
                  pageviews: number;
                  sessions: number;
                  source: string | null;
                  visitors: number;
                }[];
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              nextCursor: string | null;
              rows: {
                avgSessionSeconds: number;
                bounceRate: number;
                campaign: string | null;
                channel: string | null;
                conversions: number;
                conversionValue: number;
                events: number;
                pageviews: number;
                sessions: number;
                source: string | null;
                visitors: number;
              }[];
            };
            /** @constant */
            success: true;
          };
          /**
           * @example channel,source,campaign,visitors,sessions,pageviews,events,bounceRate,avgSessionSeconds,conversions,conversionValue
           *     search,www.google.com,,310,402,1204,1730,38.06,141.5,12,118800
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getPages_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getTimeSeries: {
    parameters: {
      query?: {
        /** @description Events of people, of bots, or of both. */
        bot?: 'no' | 'yes' | 'all';
        /**
         * @description Only events of sessions that began in this browser; of several values, any.
         * @example [
         *       "Firefox"
         *     ]
         */
        browser?: string[];
        /**
         * @description Only events of sessions with this utm_campaign; of several values, any.
         * @example [
         *       "spring"
         *     ]
         */
        campaign?: string[];
        /**
         * @description Only events of sessions that came through this channel; of several values, any.
         * @example [
         *       "search"
         *     ]
         */
        channel?: string[];
        /** @description Answers also for as many days right before, or for the same dates a year earlier. */
        compare?: 'none' | 'previous' | 'year';
        /**
         * @description Only events whose sender said this `country`; of several values, any.
         * @example [
         *       "DE"
         *     ]
         */
        country?: string[];
        /**
         * @description The first day; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
        /**
         * @description How many days, the last included; counts where `dateFrom` is left out.
         * @example 7
         */
        days?: number;
        /**
         * @description Only events of sessions that began on such a device; of several values, any.
         * @example [
         *       "mobile"
         *     ]
         */
        device?: string[];
        /**
         * @description Only events of this type; of several values, any.
         * @example [
         *       "page_view"
         *     ]
         */
        event?: string[];
        /** @description Local units of time; weeks begin on Monday, hours are for at most 31 days. */
        granularity?: 'hour' | 'day' | 'week' | 'month';
        /**
         * @description Only events that concern this business item, by its id; of several values, any.
         * @example [
         *       "sku-1"
         *     ]
         */
        item?: string[];
        /**
         * @description Only events of sessions that began on this operating system; of several values, any.
         * @example [
         *       "Windows 10"
         *     ]
         */
        os?: string[];
        /**
         * @description Only events on this path; of several values, any.
         * @example [
         *       "/pricing"
         *     ]
         */
        page?: string[];
        /**
         * @description Only events of this site of the tenant.
         * @example main
         */
        site?: string;
        /**
         * @description Only events of sessions with this utm_source or, without one, referring host; of several values, any.
         * @example [
         *       "newsletter"
         *     ]
         */
        source?: string[];
        /**
         * @description The IANA name of the zone whose days are meant; by default that of the site, or UTC.
         * @example Europe/Berlin
         */
        timeZone?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer; as CSV its rows, with the columns bucket, visitors, sessions, pageviews, events, bounceRate, avgSessionSeconds, pagesPerSession, conversions, conversionRate, conversionValue. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "totals": {
           *           "visitors": 310,
           *           "sessions": 402,
           *           "pageviews": 1204,
           *           "events": 1730,
           *           "bounceRate": 38.06,
           *           "avgSessionSeconds": 141.5,
           *           "pagesPerSession": 3,
           *           "conversions": 12,
           *           "conversionRate": 2.99,
           *           "conversionValue": 118800
           *         },
           *         "rows": [
           *           {
           *             "bucket": "2026-01-01T00:00:00+01:00",
           *             "visitors": 310,
           *             "sessions": 402,
           *             "pageviews": 1204,
           *             "events": 1730,
           *             "bounceRate": 38.06,
           *             "avgSessionSeconds": 141.5,
           *             "pagesPerSession": 3,
           *             "conversions": 12,
           *             "conversionRate": 2.99,
           *             "conversionValue": 118800
           *           }
           *         ],
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "metadata": {
           *           "tenant_id": "demo",
           *           "site": "main",
           *           "time_zone": "Europe/Berlin",
           *           "filters": {},
           *           "generated_at": "2026-02-01T08:00:00.000Z",
           *           "rows": 1
           *         }
           *       }
           *     }
           */
          'application/json': {
            data: {
              comparison?: {
                dateRange: {
                  /** Format: date */
                  from: string;
                  /** Format: date */
                  to: string;
                };
                rows: {
                  avgSessionSeconds: number;
                  bounceRate: number;
                  /** Format: date-time */
                  bucket: string;
                  conversionRate: number;
                  conversions: number;
                  conversionValue: number;
                  events: number;
                  pagesPerSession: number;
                  pageviews: number;
                  sessions: number;
                  visitors: number;
                }[];
                totals: {
                  avgSessionSeconds: number;
                  bounceRate: number;
                  conversionRate: number;
                  conversions: number;
                  conversionValue: number;
                  events: number;
                  pagesPerSession: number;
                  pageviews: number;
                  sessions: number;
                  visitors: number;
                };
              };
              dateRange: {
                /** Format: date */
                from: string;
                /** Format: date */
                to: string;
              };
              metadata: {
                filters: {
                  [key: string]: string | string[];
                };
                /** Format: date-time */
                generated_at: string;
                rows: number;
                site: string | null;
                tenant_id: string;
                time_zone: string;
              };
              rows: {
                avgSessionSeconds: number;
                bounceRate: number;
                /** Format: date-time */
                bucket: string;
                conversionRate: number;
                conversions: number;
                conversionValue: number;
                events: number;
                pagesPerSession: number;
                pageviews: number;
                sessions: number;
                visitors: number;
              }[];
              totals: {
                avgSessionSeconds: number;
                bounceRate: number;
                conversionRate: number;
                conversions: number;
                conversionValue: number;
                events: number;
                pagesPerSession: number;
                pageviews: number;
                sessions: number;
                visitors: number;
              };
            };
            /** @constant */
            success: true;
          };
          /**
           * @example bucket,visitors,sessions,pageviews,events,bounceRate,avgSessionSeconds,pagesPerSession,conversions,conversionRate,conversionValue
           *     2026-01-01T00:00:00+01:00,310,402,1204,1730,38.06,141.5,3,12,2.99,118800
           */
          'text/csv': string;
        };
      };
      400: components['responses']['getTimeSeries_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_site'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readLineage: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The event’s id, as it was sent or answered. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Every row the event has. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *         "stage": "Complete Pipeline",
           *         "raw": {
           *           "raw_event_id": "1024",
           *           "request_id": "1",
           *           "site_id": "main",
           *           "received_at": "2026-01-31T08:00:00.000Z",
           *           "record_source": "site_tracker",
           *           "status": "PROCESSED",
           *           "bytes": 57,
           *           "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
           *           "value_altered": false,
           *           "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"
           *         },
           *         "quarantine": null,
           *         "vault": {
           *           "site_event_hk": "019a0b0c0d0e7000800000000000f00100000000",
           *           "load_date": "2026-01-31T08:00:00.000Z",
           *           "event_timestamp": "2026-01-31T08:00:00.000Z",
           *           "event_type": "page_view",
           *           "site_session_hk": "019a0b0c0d0e7000800000000000f00100000000",
           *           "site_visitor_hk": "019a0b0c0d0e7000800000000000f00100000000",
           *           "site_page_hk": "019a0b0c0d0e7000800000000000f00100000000",
           *           "business_item_hks": [],
           *           "rows": [
           *             {
           *               "table": "business.site_event_nl",
           *               "key": "019a0b0c0d0e7000800000000000f00100000000",
           *               "load_date": "2026-01-31T08:00:00.000Z"
           *             }
           *           ]
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Lineage'];
        };
      };
      400: components['responses']['ambiguous_customer'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_event'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readLedger: {
    parameters: {
      query?: {
        /**
         * @description The first day of arrival, in UTC; by default 30 days before the last.
         * @example 2026-01-31
         */
        dateFrom?: string & (unknown & unknown);
        /**
         * @description The last day, included; by default today.
         * @example 2026-01-31
         */
        dateTo?: string & (unknown & unknown);
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The ledger; as CSV its days, with the columns date, received, stored, duplicate, quarantined, refused, erased, pending, gap, bots, settled. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "tenant_id": "acme",
           *         "generated_at": "2026-01-31T08:00:00.000Z",
           *         "dateRange": {
           *           "from": "2026-01-01",
           *           "to": "2026-01-31"
           *         },
           *         "totals": {
           *           "received": 1040,
           *           "stored": 1000,
           *           "duplicate": 21,
           *           "quarantined": 4,
           *           "refused": 12,
           *           "erased": 3,
           *           "pending": 0,
           *           "gap": 0,
           *           "bots": 48,
           *           "refusals": {
           *             "invalid_field": 2,
           *             "opted_out": 10
           *           }
           *         },
           *         "days": [
           *           {
           *             "date": "2026-01-30",
           *             "received": 1040,
           *             "stored": 1000,
           *             "duplicate": 21,
           *             "quarantined": 4,
           *             "refused": 12,
           *             "erased": 3,
           *             "pending": 0,
           *             "gap": 0,
           *             "bots": 48,
           *             "refusals": {
           *               "invalid_field": 2,
           *               "opted_out": 10
           *             },
           *             "settled": true,
           *             "as_of": "2026-01-31T01:00:04.120Z"
           *           }
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Ledger'];
          /**
           * @example date,received,stored,duplicate,quarantined,refused,erased,pending,gap,bots,settled
           *     2026-01-30,1040,1000,21,4,12,3,0,0,48,true
           */
          'text/csv': string;
        };
      };
      400: components['responses']['readLedger_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['readLedger_429'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  track: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['Event']
          | components['schemas']['Event'][]
          | components['schemas']['Batch'];
        'text/plain': string;
      };
    };
    responses: {
      /** @description The events are stored; `pipeline` says how far each has come. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "message": "Event tracked successfully",
           *       "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *       "status": "accepted",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "processing": "automatic",
           *       "pipeline": {
           *         "staged": true,
           *         "loaded": true
           *       }
           *     }
           */
          'application/json': components['schemas']['TrackedEvent'] | components['schemas']['TrackedBatch'];
        };
      };
      400: components['responses']['track_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['track_403'];
      413: components['responses']['track_413'];
      415: components['responses']['track_415'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  trackAsync: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['Event']
          | components['schemas']['Event'][]
          | components['schemas']['Batch'];
        'text/plain': string;
      };
    };
    responses: {
      /** @description The events are stored and will be in the vault. */
      202: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "message": "Event stored",
           *       "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *       "status": "accepted",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "processing": "background"
           *     }
           */
          'application/json': components['schemas']['TrackedEvent'] | components['schemas']['TrackedBatch'];
        };
      };
      400: components['responses']['track_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['track_403'];
      413: components['responses']['track_413'];
      415: components['responses']['track_415'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  trackBatch: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | components['schemas']['Event']
          | components['schemas']['Event'][]
          | components['schemas']['Batch'];
        'text/plain': string;
      };
    };
    responses: {
      /** @description What became of each event. */
      202: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "message": "1 of 1 events stored",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "processing": "background",
           *       "accepted": 1,
           *       "rejected": 0,
           *       "duplicates": 0,
           *       "results": [
           *         {
           *           "index": 0,
           *           "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *           "status": "accepted"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['TrackedBatch'];
        };
      };
      400: components['responses']['track_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['track_403'];
      413: components['responses']['track_413'];
      415: components['responses']['track_415'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readDashboard: {
    parameters: {
      query?: {
        /** @description The `next_cursor` of the page before. */
        cursor?: string;
        /** @description Events of one page. */
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The summary, and one page of events. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "summary": {
           *           "total_events": 120,
           *           "processed_to_staging": 117,
           *           "processed_to_business": 117,
           *           "quarantined": 1,
           *           "pending": 2,
           *           "latest_event": "2026-01-31T08:00:00.000Z"
           *         },
           *         "completion_rates": {
           *           "staging": 97.5,
           *           "business": 97.5
           *         },
           *         "events": [
           *           {
           *             "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *             "event_type": "page_view",
           *             "page_url": "https://shop.example/",
           *             "site_id": "main",
           *             "received_at": "2026-01-31T08:00:00.000Z",
           *             "raw_status": "PROCESSED",
           *             "staging_status": "PROCESSED",
           *             "business_status": "Complete Pipeline",
           *             "error": null
           *           }
           *         ],
           *         "next_cursor": null
           *       }
           *     }
           */
          'application/json': components['schemas']['Dashboard'];
        };
      };
      400: components['responses']['readDashboard_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  processPending: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What was done, and what is left. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "message": "Processed what was pending",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "processed": {
           *         "staged": 2,
           *         "loaded": 2,
           *         "quarantined": 0
           *       },
           *       "remaining": {
           *         "requests": 0,
           *         "events": 0
           *       }
           *     }
           */
          'application/json': components['schemas']['Processed'];
        };
      };
      400: components['responses']['ambiguous_customer'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readStatus: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the events of the tenant stand. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "tenant_id": "acme",
           *       "generated_at": "2026-01-31T08:00:00.000Z",
           *       "stages": {
           *         "raw": {
           *           "events": 120
           *         },
           *         "pending": {
           *           "events": 2,
           *           "requests": 1,
           *           "oldest_seconds": 0.4
           *         },
           *         "staged": {
           *           "events": 0,
           *           "oldest_seconds": null
           *         },
           *         "vault": {
           *           "events": 117
           *         },
           *         "quarantined": {
           *           "events": 1
           *         }
           *       },
           *       "lag": {
           *         "staging_seconds": 0.4,
           *         "business_seconds": 0
           *       },
           *       "oldest_pending": "2026-01-31T08:00:00.000Z",
           *       "queues": [
           *         {
           *           "name": "staging",
           *           "visible": 1,
           *           "in_flight": 0
           *         }
           *       ],
           *       "recent": [
           *         {
           *           "event_id": "0190a0b0-c0d0-7000-8000-00000000f001",
           *           "event_type": "page_view",
           *           "received_at": "2026-01-31T08:00:00.000Z",
           *           "stage": "Complete Pipeline"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['PipelineStatus'];
        };
      };
      400: components['responses']['readStatus_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readVisitor: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.
         * @example vis_1
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Counts, and the jobs of the visitor. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "data": {
           *         "held": {
           *           "events": 12,
           *           "sessions": 2,
           *           "page_views": 8,
           *           "first_event_at": "2026-01-31T08:00:00.000Z",
           *           "last_event_at": "2026-01-31T08:00:00.000Z"
           *         },
           *         "jobs": [
           *           {
           *             "job_id": "0190a0b0-c0d0-4000-8000-00000000f001",
           *             "kind": "export",
           *             "status": "done",
           *             "requested_at": "2026-01-31T08:00:00.000Z",
           *             "finished_at": "2026-01-31T08:00:00.000Z",
           *             "archive": {
           *               "bytes": 2048,
           *               "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
           *               "expires_at": "2026-02-07T08:00:00.000Z",
           *               "parts": [
           *                 "/api/v1/visitors/vis_1/export?job=0190a0b0-c0d0-4000-8000-00000000f001&part=1"
           *               ]
           *             },
           *             "certificate": null
           *           }
           *         ]
           *       }
           *     }
           */
          'application/json': components['schemas']['Visitor'];
        };
      };
      400: components['responses']['requestExport_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_visitor'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  eraseVisitor: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.
         * @example vis_1
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The job is noted. */
      202: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "job": {
           *         "job_id": "0190a0b0-c0d0-4000-8000-00000000f001",
           *         "kind": "erasure",
           *         "status": "waiting",
           *         "requested_at": "2026-01-31T08:00:00.000Z",
           *         "finished_at": null,
           *         "archive": null,
           *         "certificate": null
           *       },
           *       "links": {
           *         "status": "/api/v1/visitors/vis_1",
           *         "visitor": "/api/v1/visitors/vis_1"
           *       }
           *     }
           */
          'application/json': components['schemas']['VisitorJobAnswer'];
        };
      };
      400: components['responses']['requestExport_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readExport: {
    parameters: {
      query?: {
        /** @description Of which export, so that all parts are of one file; the newest without it. */
        job?: string;
        /** @description Of a ZIP file that is asked for: which part. */
        part?: number;
      };
      header?: never;
      path: {
        /**
         * @description The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.
         * @example vis_1
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The state of the export, or a part of it. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "job": {
           *         "job_id": "0190a0b0-c0d0-4000-8000-00000000f001",
           *         "kind": "export",
           *         "status": "done",
           *         "requested_at": "2026-01-31T08:00:00.000Z",
           *         "finished_at": "2026-01-31T08:00:00.000Z",
           *         "archive": {
           *           "bytes": 2048,
           *           "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
           *           "expires_at": "2026-02-07T08:00:00.000Z",
           *           "parts": [
           *             "/api/v1/visitors/vis_1/export?job=0190a0b0-c0d0-4000-8000-00000000f001&part=1"
           *           ]
           *         },
           *         "certificate": null
           *       },
           *       "links": {
           *         "status": "/api/v1/visitors/vis_1/export",
           *         "visitor": "/api/v1/visitors/vis_1"
           *       }
           *     }
           */
          'application/json': components['schemas']['VisitorJobAnswer'];
          /** @example PK… */
          'application/zip': string;
        };
      };
      400: components['responses']['readExport_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      404: components['responses']['unknown_export'];
      409: components['responses']['export_not_ready'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  requestExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.
         * @example vis_1
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The job is noted. */
      202: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "job": {
           *         "job_id": "0190a0b0-c0d0-4000-8000-00000000f001",
           *         "kind": "export",
           *         "status": "waiting",
           *         "requested_at": "2026-01-31T08:00:00.000Z",
           *         "finished_at": null,
           *         "archive": null,
           *         "certificate": null
           *       },
           *       "links": {
           *         "status": "/api/v1/visitors/vis_1/export",
           *         "visitor": "/api/v1/visitors/vis_1"
           *       }
           *     }
           */
          'application/json': components['schemas']['VisitorJobAnswer'];
        };
      };
      400: components['responses']['requestExport_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  deleteExport: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description The visitor’s id as it was sent, URL-encoded, or the pseudonym that the vault has instead.
         * @example vis_1
         */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description They are gone. */
      200: {
        headers: {
          RateLimit: components['headers']['RateLimit'];
          'RateLimit-Policy': components['headers']['RateLimit-Policy'];
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "success": true,
           *       "deleted": 1
           *     }
           */
          'application/json': components['schemas']['DeletedExports'];
        };
      };
      400: components['responses']['requestExport_400'];
      401: components['responses']['unauthorized'];
      403: components['responses']['readStatus_403'];
      429: components['responses']['rate_limited'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getReference: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The page. */
      200: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description What the page may load: files of this endpoint.
           * @example default-src 'none'
           */
          'Content-Security-Policy': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example <!doctype html>
           *     <html lang="en">
           *     <head>
           *       <meta charset="utf-8">
           *       <meta name="viewport" content="width=device-width, initial-scale=1">
           *       <title>OneVault Site Tracking: API reference</title>
           *       <link rel="icon" href="data:,">
           *       <link rel="stylesheet" href="docs/swagger-ui.css">
           *     </head>
           *     <body>
           *       <div id="reference"></div>
           *       <script src="docs/swagger-ui-bundle.js"></script>
           *       <script src="docs/start.js"></script>
           *     </body>
           *     </html>
           */
          'text/html': string;
        };
      };
      /** @description The version that `If-None-Match` names is still the current one. */
      304: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      503: components['responses']['temporarily_unavailable'];
    };
  };
  getReferenceFile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /**
         * @description The name of the file.
         * @example swagger-ui.css
         */
        file: 'swagger-ui-bundle.js' | 'swagger-ui.css' | 'start.js';
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file. */
      200: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /** @example .swagger-ui { color: #3b4151 } */
          'text/css': string;
          /** @example SwaggerUIBundle({}) */
          'text/javascript': string;
        };
      };
      /** @description The version that `If-None-Match` names is still the current one. */
      304: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      404: components['responses']['not_found'];
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It answers. */
      200: {
        headers: {
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ok"
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      503: components['responses']['temporarily_unavailable'];
    };
  };
  readDatabaseHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description All are there. */
      200: {
        headers: {
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ok",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "migrations": {
           *         "applied": 12,
           *         "expected": 12
           *       },
           *       "missing": []
           *     }
           */
          'application/json': components['schemas']['DatabaseHealth'];
        };
      };
      /** @description Something is missing. */
      503: {
        headers: {
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "failing",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "migrations": {
           *         "applied": 11,
           *         "expected": 12
           *       },
           *       "missing": [
           *         "raw.site_tracking_requests_r_20260126"
           *       ]
           *     }
           */
          'application/json': components['schemas']['DatabaseHealth'];
          'application/problem+json': components['schemas']['Problem'] & {
            /** @enum {unknown} */
            code?: 'temporarily_unavailable';
          };
        };
      };
    };
  };
  readDetailedHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The database answers. */
      200: {
        headers: {
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "ok",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "checks": {
           *         "database": "ok",
           *         "queues": "ok"
           *       }
           *     }
           */
          'application/json': components['schemas']['DetailedHealth'];
        };
      };
      /** @description The database does not answer. */
      503: {
        headers: {
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "failing",
           *       "timestamp": "2026-01-31T08:00:00.000Z",
           *       "checks": {
           *         "database": "failing",
           *         "queues": "ok"
           *       }
           *     }
           */
          'application/json': components['schemas']['DetailedHealth'];
          'application/problem+json': components['schemas']['Problem'] & {
            /** @enum {unknown} */
            code?: 'temporarily_unavailable';
          };
        };
      };
    };
  };
  getDescription: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The description. */
      200: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "openapi": "3.1.0",
           *       "info": {},
           *       "paths": {}
           *     }
           */
          'application/json': {
            info: {
              [key: string]: unknown;
            };
            openapi: string;
            paths: {
              [key: string]: unknown;
            };
          } & {
            [key: string]: unknown;
          };
        };
      };
      /** @description The version that `If-None-Match` names is still the current one. */
      304: {
        headers: {
          /**
           * @description How long the answer may be kept.
           * @example public, max-age=300
           */
          'Cache-Control': string;
          /**
           * @description The version of the answer, for `If-None-Match`.
           * @example "GfCPBNBWSqN8LSAJ"
           */
          ETag: string;
          'X-Trace-Id': components['headers']['X-Trace-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      503: components['responses']['temporarily_unavailable'];
    };
  };
}
