using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Jiceng.Bench.Inputs;

/// <summary>Sends inputs, checks the answers and reads back what was accepted.</summary>
internal sealed class InputSender(PrivateSuite suite, InputWorld world, InputFindings findings, int seed) : IDisposable
{
    private const string TokenHeader = "dapr-api-token";
    private readonly RawCaller _caller = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Verdict _verdict = Verdict.Load(suite.Installation.Workspace.Root);
    private readonly Dictionary<string, string?> _tokens = InputGenerator.Callers.ToDictionary(caller => caller, world.Token);
    private readonly Uri _gateway = new(suite.Installation.GatewayAddress);

    public async Task SendAsync(BadInput input, CancellationToken token)
    {
        var answer = await _caller.SendAsync(input.Direct ? Endpoint(input.Service, "Grpc") : _gateway, input, _tokens[input.Caller], token);
        var (outcome, problem) = _verdict.Of(input, answer);
        findings.Count(input.Method.Service.Name, outcome, input.Method.FullName);
        if (problem is null && outcome == "OK" && input is { Sent: not null, Kind: InputKind.Field } && input.Method is { IsServerStreaming: false })
        {
            var reader = new ReadBack((method, request) => ReadAsync(input, method, request, token));
            (var compared, problem) = await reader.CheckAsync(input.Method, input.Sent, answer.Message);
            findings.Read(compared);
        }

        if (problem is null) return;
        var text = $"seed {seed}, number {input.Number}: {input.Method.Name}{(input.Direct ? " (direct)" : "")} by {input.Caller}, {input.What}: {outcome}, {problem}";
        findings.Add($"{input.Kind} {outcome}: {Alike(input, problem)}", text, input.Number, () => InputFindings.Evidence(input));
    }

    public async Task SendAsync(EventInput input, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Endpoint(input.Service, "Http"), $"events/{input.Topic}")) { Content = new ByteArrayContent(input.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        if (input.WithToken) request.Headers.Add(TokenHeader, suite.Installation.Secrets.AppToken);
        string outcome;
        try
        {
            using var response = await _http.SendAsync(request, token);
            var body = await response.Content.ReadAsStringAsync(token);
            outcome = (int)response.StatusCode == 200 ? body : $"HTTP {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !token.IsCancellationRequested))
        {
            outcome = "no answer";
        }

        outcome = outcome switch
        {
            """{"status":"SUCCESS"}""" => "SUCCESS",
            """{"status":"DROP"}""" => "DROP",
            _ => outcome,
        };
        findings.Count($"events of {input.Service}", outcome);
        // An unreadable event must be dead-lettered at once, and so must one that no retry can fix.
        if (input.WithToken ? outcome is "SUCCESS" or "DROP" : outcome == "HTTP 401") return;
        var text = $"seed {seed}, event {input.Number}: {input.Service} {input.Topic}, {input.What}: {outcome}";
        findings.Add($"event {outcome}", text, -input.Number, () => Encoding.UTF8.GetString(input.Body));
    }

    public void Dispose()
    {
        _caller.Dispose();
        _http.Dispose();
    }

    public Uri Endpoint(string service, string name) => new(suite.Installation.Apps.Single(app => app.Name == service).Settings[$"Endpoints__{name}"]);

    /// <summary>Key of similar problems: the text for frames and bytes, the method for fields.</summary>
    private static string Alike(BadInput input, string problem) => input.Kind == InputKind.Field ? $"{input.Method.Name} {problem[..Math.Min(30, problem.Length)]}" : problem[..Math.Min(60, problem.Length)];

    private async Task<IMessage?> ReadAsync(BadInput changed, MethodDescriptor method, IMessage request, CancellationToken token)
    {
        var read = changed with { Method = method, Caller = InputGenerator.Organizer, Body = InputGenerator.Frame(request.ToByteArray()), Headers = new Dictionary<string, string>(), Sent = null };
        var answer = await _caller.SendAsync(_gateway, read, _tokens[InputGenerator.Organizer], token);
        return answer.Status == 0 ? method.OutputType.Parser.ParseFrom(answer.Message) : null;
    }
}
