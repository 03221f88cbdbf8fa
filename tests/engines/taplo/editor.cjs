// Shows files to Taplo's language server as an editor does. `editor.cjs SERVER` reads from standard input
// {"folder", "path", "text", "hover": [[line, column]], "complete": [[line, column]]}, where both are counted from 0,
// and prints {"hover": [text or null], "complete": [[{"label", "meaning"}]], "complaints": [{"line", "message"}]}.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const url = require('node:url');

const { TaploLsp } = require(path.resolve(process.argv[2]));
const request = JSON.parse(fs.readFileSync(0, 'utf8'));
const root = url.pathToFileURL(request.folder).href;
const uri = `${root}/${request.path}`;

const environment = {
    now: () => new Date(),
    envVar: () => undefined,
    envVars: () => [],
    stdErrAtty: () => false,
    stdin: process.stdin,
    stdout: process.stderr,
    stderr: process.stderr,
    glob: () => [],
    readFile: (file) => fs.promises.readFile(file),
    writeFile: async () => {},
    urlToFilePath: (file) => decodeURI(file).slice('file://'.length),
    isAbsolute: (file) => path.isAbsolute(file),
    cwd: () => request.folder,
    findConfigFile: () => undefined,
    // No catalogue of schemas is fetched.
    fetch: { fetch: async () => { throw new Error('there is no network'); }, Headers, Request, Response },
};

(async () => {
    let server;
    let complaints = [];
    let lastTold = Date.now();
    const answers = new Map();
    let isAssociated;
    const associated = new Promise((resolve) => { isAssociated = resolve; });
    const onMessage = (message) => {
        if (message.method === undefined) {
            answers.get(message.id)(message.result);
        } else if (message.id !== undefined) {
            // What the editor is asked for: its settings, which are the defaults.
            const result = message.method === 'workspace/configuration' ? message.params.items.map(() => ({})) : null;
            server.send({ jsonrpc: '2.0', id: message.id, result });
        } else if (message.method === 'textDocument/publishDiagnostics') {
            lastTold = Date.now();
            complaints = message.params.diagnostics;
        } else if (message.method === 'taplo/didChangeSchemaAssociation' && message.params.schemaUri) {
            isAssociated();
        }
    };
    server = await TaploLsp.initialize(environment, { onMessage });
    let last = 0;
    const ask = (method, params) => new Promise((resolve) => {
        last += 1;
        answers.set(last, resolve);
        server.send({ jsonrpc: '2.0', id: last, method, params });
    });
    const tell = (method, params) => server.send({ jsonrpc: '2.0', method, params });

    await ask('initialize', {
        processId: null,
        rootUri: root,
        workspaceFolders: [{ uri: root, name: 'workspace' }],
        capabilities: { workspace: { configuration: true } },
        initializationOptions: {},
    });
    tell('initialized', {});
    tell('textDocument/didOpen', { textDocument: { uri, languageId: 'toml', version: 1, text: request.text } });
    await associated;

    const at = ([line, character]) => ({ textDocument: { uri }, position: { line, character } });
    const result = { hover: [], complete: [], complaints: [] };
    for (const place of request.hover) {
        const told = await ask('textDocument/hover', at(place));
        result.hover.push(told && told.contents.value);
    }
    for (const place of request.complete) {
        const told = await ask('textDocument/completion', at(place));
        const items = (told && (told.items || told)) || [];
        result.complete.push(items.map((item) => ({ label: item.label, meaning: item.documentation && item.documentation.value })));
    }
    // Complaints come unasked, and more than once.
    while (Date.now() - lastTold < 700) await new Promise((resolve) => setTimeout(resolve, 100));
    result.complaints = complaints.map((one) => ({ line: one.range.start.line, message: one.message }));
    process.stdout.write(JSON.stringify(result), () => process.exit(0));
})();
