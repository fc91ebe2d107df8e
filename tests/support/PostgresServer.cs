using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Jiceng.TestSupport;

/// <summary>
/// A private PostgreSQL cluster on a free port in a temporary folder, without fsync. PostgreSQL refuses to run as root, so root starts it
/// as the user postgres. <c>JICENG_TEST_PG</c> (a superuser's connection string) selects a running server instead.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly SemaphoreSlim SharedGate = new(1, 1);
    private static PostgresServer? _shared;
    private readonly DirectoryInfo? _folder;
    private readonly List<string> _output = [];
    private Process? _process;

    private PostgresServer(string connectionString, DirectoryInfo? folder) => (ConnectionString, _folder) = (connectionString, folder);

    /// <summary>Connection string of the superuser, to the database postgres.</summary>
    public string ConnectionString { get; }

    /// <summary>
    /// The server shared by the tests of this process, started at first use. Declare <c>[assembly:
    /// AssemblyFixture(typeof(SharedPostgres))]</c> to stop it; otherwise it is stopped at process exit.
    /// </summary>
    public static async Task<PostgresServer> SharedAsync()
    {
        await SharedGate.WaitAsync();
        try
        {
            if (_shared is not null) return _shared;
            _shared = await StartAsync();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => EndSharedAsync().GetAwaiter().GetResult();
            return _shared;
        }
        finally
        {
            SharedGate.Release();
        }
    }

    internal static async Task EndSharedAsync()
    {
        if (Interlocked.Exchange(ref _shared, null) is { } server) await server.DisposeAsync();
    }

    /// <summary>Starts a separate server, for tests that stop it.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("JICENG_TEST_PG") is { Length: > 0 } given) return new PostgresServer(given, null);
        // Short, because the path of a Unix socket is limited to 107 bytes.
        var folder = Directory.CreateTempSubdirectory("jiceng-pg-");
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", folder.FullName);
        var data = Path.Combine(folder.FullName, "data");
        await RunAsync(
            [.. AsPostgres, Program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            folder.FullName);
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Take();
            var server = new PostgresServer(
                $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Timeout=5;Command Timeout=30", folder);
            try
            {
                await server.RestartAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Another process took the port.
            }
        }
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string, with a small pool.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "t" + Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false });
        await using var command = source.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name, MaxPoolSize = 40 }.ConnectionString;
    }

    /// <summary>Restarts the server with its data on the same port after <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync()
    {
        if (_folder is null) throw new InvalidOperationException("The server of JICENG_TEST_PG is not started by the tests.");
        var port = new NpgsqlConnectionStringBuilder(ConnectionString).Port.ToString(CultureInfo.InvariantCulture);
        _process = Start(
            [.. AsPostgres, Program("postgres"), "-D", Path.Combine(_folder.FullName, "data"), "-p", port, "-k", _folder.FullName,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off",
             "-c", "max_connections=300", "-c", "shared_buffers=64MB"],
            _folder.FullName);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
            {
                await StopAsync();
                lock (_output) throw new InvalidOperationException($"postgres did not start on port {port}: {string.Join('\n', _output)}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Stops the server by its pid; connections break, and committed data is kept.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        // SIGQUIT: immediate shutdown, without waiting for clients.
        if (!_process.HasExited) await RunAsync("kill", "-QUIT", _process.Id.ToString(CultureInfo.InvariantCulture));
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_folder is { Exists: true }) _folder.Delete(recursive: true);
    }

    // setpriv execs the server, so our pid is the server's.
    private static string[] AsPostgres => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        : [];

    private static string Program(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).ToList();
        if (Directory.Exists("/usr/lib/postgresql"))
            folders.AddRange(Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")));
        return folders.Select(bin => Path.Combine(bin, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{name} is neither on PATH nor in /usr/lib/postgresql; install it with: apt-get install postgresql");
    }

    private static Process Start(string[] command, string workingFolder)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingFolder };
        foreach (var argument in command[1..]) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} could not be started");
    }

    private static Task RunAsync(params string[] command) => RunAsync(command, Path.GetTempPath());

    private static async Task RunAsync(string[] command, string workingFolder)
    {
        using var run = Start(command, workingFolder);
        var printed = await Task.WhenAll(run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        if (run.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)} ended with {run.ExitCode}: {string.Concat(printed)}");
    }

    private void Note(string? line)
    {
        lock (_output)
        {
            if (line is not null && _output.Count < 200) _output.Add(line);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
