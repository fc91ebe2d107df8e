using System.Net;
using System.Net.Http.Headers;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>Delivers as a sidecar does.</summary>
internal static class Deliveries
{
    private static readonly HttpClient Http = new();

    public static byte[] CaseClosed(Guid id, string caseId = "c1", string type = MessagingHost.Closed, string? data = null, string? traceParent = null) =>
        CloudEvents.Write(new Envelope
        {
            Id = id,
            Topic = MessagingHost.Topic,
            Type = type,
            Source = "jiceng/grid",
            Subject = caseId,
            Sequence = 1,
            Time = TimeProvider.System.GetUtcNow(),
            TraceParent = traceParent,
            DataJson = data ?? Google.Protobuf.JsonFormatter.Default.Format(new CaseClosed { CaseId = caseId }),
        });

    public static Task<(HttpStatusCode Status, string Body)> PostAsync(MessagingHost host, byte[] message) =>
        PostAsync(host, MessagingHost.Topic, message);

    public static Task<(HttpStatusCode Status, string Body)> PostDeadAsync(MessagingHost host, byte[] message) => PostAsync(host, "dead", message);

    public static async Task<(HttpStatusCode Status, string Body)> PostAsync(MessagingHost host, string route, byte[] message, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Http, $"events/{route}")) { Content = new ByteArrayContent(message) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(CloudEvents.ContentType);
        if (token is not null) request.Headers.Add("dapr-api-token", token);
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
