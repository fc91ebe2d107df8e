using Jiceng.Gateway;
using Jiceng.Hosting;

return await ServiceHost.RunAsync(args, "gateway", GatewayModule.AddGateway, GatewayModule.MapGateway);
