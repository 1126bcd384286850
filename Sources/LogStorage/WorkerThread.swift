import CPlatform
import Glibc

/// A thread of the operating system, for work that blocks for as long as it likes.
public struct WorkerThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs a closure. The name, of at most 15 characters, shows in `top -H` and profiles.
    public init(name: String, _ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            let name: String
            init(_ body: @escaping @Sendable () -> Void, _ name: String) {
                self.body = body
                self.name = name
            }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body, name))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                cplatform_set_thread_name(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "pthread_create: errno \(result)")
        handle = thread
    }

    /// Waits until the closure has returned; once for each thread.
    public func join() { pthread_join(handle, nil) }
}

/// Wakes one waiting thread; a signal before the wait is not lost.
public final class ThreadSignal: @unchecked Sendable {
    // Safe to share: the semaphore is made for it and lives as long as the object.
    private let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    public func signal() { sem_post(semaphore) }

    public func wait() {
        while sem_wait(semaphore) != 0 {}
    }

    /// Waits for a signal, but not longer than so many milliseconds.
    public func wait(timeoutMS: Int) {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += timeoutMS / 1000
        deadline.tv_nsec += timeoutMS % 1000 * 1_000_000
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        while sem_timedwait(semaphore, &deadline) != 0, errno == EINTR {}
    }
}
