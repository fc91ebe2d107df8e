using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Jiceng.Cadre.V1;
using Jiceng.Cli.Running;
using Jiceng.Common.V1;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;

namespace Jiceng.Cli.Clients;

/// <summary>The suite as its users reach it: the generated clients, through the gateway, each call with the token of who makes it.</summary>
internal sealed class Gateway : IDisposable
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    // Every change carries a request id, so a call may be made again: when a service is away for a moment, or the caller is too fast for the gateway.
    private static readonly RetryPolicy Retries = new()
    {
        MaxAttempts = 5,
        InitialBackoff = TimeSpan.FromMilliseconds(300),
        MaxBackoff = TimeSpan.FromSeconds(5),
        BackoffMultiplier = 2,
        RetryableStatusCodes = { StatusCode.Unavailable, StatusCode.ResourceExhausted },
    };

    private readonly GrpcChannel _channel;
    private readonly Installation _installation;

    public Gateway(Installation installation)
    {
        _installation = installation;
        _channel = GrpcChannel.ForAddress(installation.GatewayAddress, new GrpcChannelOptions
        {
            ServiceConfig = new ServiceConfig { MethodConfigs = { new MethodConfig { Names = { MethodName.Default }, RetryPolicy = Retries } } },
        });
        Nodes = new(_channel);
        Cases = new(_channel);
        Organizations = new(_channel);
        Persons = new(_channel);
        Appointments = new(_channel);
        Commendations = new(_channel);
        Schemes = new(_channel);
        Items = new(_channel);
        Points = new(_channel);
        Messaging = new(_channel);
    }

    public NodeService.NodeServiceClient Nodes { get; }

    public CaseService.CaseServiceClient Cases { get; }

    public OrganizationService.OrganizationServiceClient Organizations { get; }

    public PersonService.PersonServiceClient Persons { get; }

    public AppointmentService.AppointmentServiceClient Appointments { get; }

    public CommendationService.CommendationServiceClient Commendations { get; }

    public SchemeService.SchemeServiceClient Schemes { get; }

    public ItemService.ItemServiceClient Items { get; }

    public PointsService.PointsServiceClient Points { get; }

    public MessagingService.MessagingServiceClient Messaging { get; }

    public TimeProvider Time => _installation.Time;

    /// <summary>Makes calls as this person, in this role, for these places.</summary>
    public Calls As(string role, string[] places, string subject = "developer", string name = "开发者") =>
        new(_installation.Token(new TokenHolder(subject, name, [role], places), TokenLifetime), Time);

    /// <summary>A fresh idempotency key.</summary>
    public string RequestId() => Guid.CreateVersion7(Time.GetUtcNow()).ToString();

    public void Dispose() => _channel.Dispose();
}

/// <summary>The options of one caller's calls.</summary>
internal sealed class Calls(string token, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <param name="cancellationToken">Ends the call early.</param>
    /// <param name="service">Which service is meant, for the methods that all of them have.</param>
    public CallOptions Options(CancellationToken cancellationToken, string? service = null)
    {
        var headers = new Metadata { { "authorization", $"Bearer {token}" } };
        if (service is not null) headers.Add("jiceng-service", service);
        return new CallOptions(headers, time.GetUtcNow().Add(Limit).UtcDateTime, cancellationToken);
    }
}
