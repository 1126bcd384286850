public import LuaRuntime

/// What editors know of plugins beside the host functions: the table that a plugin is, and that of a binding.
public enum PluginDefinitions {
    /// All that plugins and the operator's file can call, and scripts' modules besides.
    public static func text(scriptModules: [HostModule]) -> String {
        var modules = PluginRegistry.documented + PluginRegistry.beside
        let known = Set(modules.flatMap(\.functions).map(\.name))
        for module in scriptModules {
            var module = module
            module.functions.removeAll { known.contains($0.name) }
            modules.append(module)
        }
        return LuaDefinitions.text(modules: modules, fields: [LuaDefinitions.message], extra: spec)
    }

    private static let spec = """
        ---@class platform.Context
        ---@field plugin string
        ---@field version string
        ---@field point string
        ---@field cfg table<string, any> the settings

        ---@alias platform.Verdict nil|"ok"|"retry"|"dead"

        ---@class platform.PluginSpec
        ---@field name string of the file or directory
        ---@field version string as 1.2.0
        ---@field api 1
        ---@field about? string
        ---@field needs? platform.Capabilities
        ---@field config? table<string, platform.Setting>
        ---@field limits? { time: string?, memory: string? }
        ---@field bench? table<string, string>
        ---@field schema? string CREATE TABLE statements of a handler
        ---@field setup? fun(cfg: table<string, any>, ctx: platform.Context)
        ---@field select? fun(msg: platform.Message, n: integer, cfg: table<string, any>): integer?
        ---@field dedup? fun(msg: platform.Message, cfg: table<string, any>): string?, (string|integer)?, ("topic"|"partition"|"global")?
        ---@field prepare? fun(msg: platform.Message, ctx: platform.Context): any
        ---@field handle? fun(msg: platform.Message, tx: platform.Transaction, prepared: any): platform.Verdict, any
        ---@field handle_batch? fun(msgs: platform.Message[], tx: platform.Transaction, prepared: any[]): platform.Verdict|table<integer, platform.Verdict>
        ---@field every? table<string, fun(ctx: platform.Context)>
        ---@field health? fun(ctx: platform.Context): boolean, string?

        ---@class platform.Capabilities
        ---@field sql? boolean
        ---@field produce? string[]
        ---@field http? string[]
        ---@field kv? boolean
        ---@field shared? boolean
        ---@field env? string[]

        ---@class platform.Setting
        ---@field [1] "string"|"integer"|"number"|"boolean"|"duration"|"bytes"|"enum"|"list"|"map"
        ---@field default? any
        ---@field optional? boolean
        ---@field secret? boolean
        ---@field min? number
        ---@field max? number
        ---@field values? string[]
        ---@field of? string
        ---@field about? string

        ---@class platform.Binding
        ---@field plugin string
        ---@field topic? string|string[]
        ---@field point "select"|"dedup"|"handle"|"handle_batch"|"every"|"health"
        ---@field config? table<string, any>
        ---@field _host? platform.BindingHost

        ---@class platform.BindingHost
        ---@field on_error? "open"|"closed"
        ---@field on_duplicate? "drop"|"reject"|"flag"
        ---@field group? string
        ---@field from? "earliest"|"latest"
        ---@field dead_letters? string
        ---@field retries? integer
        ---@field backoff? string
        ---@field backoff_max? string
        ---@field batch? integer

        bind, grant, env = platform.bind, platform.grant, platform.env

        """
}
