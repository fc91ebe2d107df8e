using Jiceng.Rpc;

namespace Jiceng.Cadre.Persons;

internal static class PersonRegistration
{
    public static IServiceCollection AddPersons(this IServiceCollection services) => services
        .AddSingleton<PersonStore>()
        .AddSingleton<PersonWriter>()
        .AddSingleton<PersonalFieldsHandler>()
        .AddResource("person", PersonStore.ResourceSql);
}
