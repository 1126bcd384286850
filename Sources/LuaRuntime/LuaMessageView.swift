import CLuaShim

/// A script's `msg` without a copy of its bytes: one object for all calls, which shows another message in each and none
/// between them. Confined like its state.
public final class LuaMessageView {
    private let vm: LuaVM
    private let reference: Int32

    public init(of vm: LuaVM) {
        self.vm = vm
        clua_push_view(vm.state)
        reference = clua_reference(vm.state)
    }

    deinit { clua_release_reference(vm.state, reference) }

    /// Pushes the view on a stack of its state.
    public func push(on stack: LuaStack) { clua_push_reference(stack.state, reference) }

    /// Has the view show a message while `body` runs.
    public func showing<Result, Failure: Error>(
        _ message: LuaMessage, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let outcome = message.withShim { shim in
            show(shim)
            defer { show(nil) }
            return Swift.Result { () throws(Failure) in try body() }
        }
        return try outcome.get()
    }

    private func show(_ message: UnsafePointer<clua_message>?) {
        push(on: LuaStack(state: vm.state))
        clua_view_show(vm.state, -1, message)
        clua_pop(vm.state, 1)
    }

    /// Calls a `select` function: msg, count of partitions, configuration. One crossing into C a call.
    public func select(
        _ function: LuaReference, message: LuaMessage, partitionCount: Int32, configuration: LuaReference,
        budget: LuaBudget
    ) -> LuaSelection {
        var selector = clua_selector(
            function: function.reference, configuration: configuration.reference, view: reference)
        var partition: Int64 = 0
        var status = CLUA_OK
        let selection = message.withShim { message in
            clua_select(
                vm.state, &selector, message, Int64(partitionCount), &partition, &status, Point.select.rawValue,
                budget.shim)
        }
        switch selection {
        case CLUA_SELECTED: return .partition(Int32(truncatingIfNeeded: partition))
        case CLUA_UNDECIDED: return .undecided
        default: return .failed(vm.takeError(status, from: vm.state))
        }
    }
}

/// What a `select` function answered.
public enum LuaSelection: Sendable, Equatable {
    case partition(Int32)
    /// nil: the host's own choice.
    case undecided
    case failed(LuaError)
}
